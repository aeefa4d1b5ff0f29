"""Linking an identity to oneself by SAML (``sso.federation.linking``).

The response comes from another site, with which no cookie of the session is sent.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sso.federation import linking
from sso.federation.addresses import base_url
from sso.saml.pages import refusals
from sso.saml.pages.browsers import COOKIE
from sso.saml.pages.login import BEGUN, request_of
from sso.saml.pages.sending import sent_by_page
from sso.saml.protocol.rules import Rule, SamlError
from sso.saml.sign_ons.identities import provider_of
from sso.saml.sign_ons.requests import remember_request
from sso.saml.sign_ons.sessions import keep_configuration
from sso.sign_in.services.sessions import open_session

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from rbac.models import User
    from sso.provisioning.external import ExternalIdentity
    from sso.saml.models import SamlConfiguration, SamlRequest


def begin_link(request: HttpRequest, slug: str) -> HttpResponse:
    """Send somebody who has signed in to prove who they are at the identity provider."""
    configuration = refusals.configuration_or_404(slug)
    send = partial(_sent, request, configuration)
    return linking.begin_link(request, provider_of(configuration), begun=BEGUN, send=send)


def _sent(request: HttpRequest, configuration: SamlConfiguration) -> HttpResponse:
    secret = COOKIE.secret_for(request)
    outgoing = request_of(configuration, base_url(request), force_authn=True)
    remember_request(
        configuration,
        secret=secret,
        request_id=outgoing.message_id,
        linked_in=open_session(request).pk,
    )
    response = sent_by_page(request, configuration, outgoing)
    COOKIE.give(response, secret)
    return response


def finish_link(
    configuration: SamlConfiguration, asked: SamlRequest, external: ExternalIdentity
) -> User:
    """Have the user of the session that asked be who the response is about.

    Raises:
        SamlError: the session has ended, or the configuration is not what it was any more.
        SignOnRefused: see ``link_identity``.
    """
    return linking.finish_link(
        external,
        asked.linked_in,
        unsolicited=partial(SamlError, Rule.UNSOLICITED),
        keep=partial(keep_configuration, configuration),
    )
