"""Linking an identity to oneself by OpenID Connect (``sso.federation.linking``)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sso.federation import linking
from sso.federation.sending import sent_by_page
from sso.oidc.pages.browsers import COOKIE
from sso.oidc.pages.login import BEGUN, asked_at, configuration_or_404
from sso.oidc.protocol.rules import OidcError, Rule
from sso.oidc.sign_ons.identities import provider_of
from sso.oidc.sign_ons.sessions import keep_configuration
from sso.sign_in.services.sessions import open_session

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from rbac.models import User
    from sso.oidc.models import OidcConfiguration, OidcRequest
    from sso.provisioning.external import ExternalIdentity


def begin_link(request: HttpRequest, slug: str) -> HttpResponse:
    """Send somebody who has signed in to prove who they are at the provider."""
    configuration = configuration_or_404(slug)
    send = partial(_sent, request, configuration)
    return linking.begin_link(request, provider_of(configuration), begun=BEGUN, send=send)


def _sent(request: HttpRequest, configuration: OidcConfiguration) -> HttpResponse:
    secret = COOKIE.secret_for(request)
    url = asked_at(request, configuration, secret, linked_in=open_session(request).pk)
    response = sent_by_page(request, configuration.name, url)
    COOKIE.give(response, secret)
    return response


def finish_link(
    configuration: OidcConfiguration, asked: OidcRequest, external: ExternalIdentity
) -> User:
    """Have the user of the session that asked be who the answer is about.

    Raises:
        OidcError: the session has ended, or the configuration is not what it was any more.
        SignOnRefused: see ``link_identity``.
    """
    return linking.finish_link(
        external,
        asked.linked_in,
        unsolicited=partial(OidcError, Rule.UNSOLICITED),
        keep=partial(keep_configuration, configuration),
    )
