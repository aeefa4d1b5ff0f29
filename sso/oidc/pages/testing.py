"""Testing a configuration by OpenID Connect (``sso.federation.testing``)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rbac.attempts import begin_attempt
from sso.federation import testing
from sso.federation.sending import sent_by_page
from sso.oidc.pages.browsers import COOKIE
from sso.oidc.pages.login import BEGUN, asked_at
from sso.oidc.permissions import UPDATE_OIDC_CONFIGURATION
from sso.oidc.protocol.rules import OidcError, Rule
from sso.sign_in.services.sessions import open_session

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from iac_platform.common.audit import Actor
    from sso.oidc.models import OidcConfiguration, OidcRequest


def begin_test(
    request: HttpRequest, configuration: OidcConfiguration, *, actor: Actor
) -> HttpResponse:
    """Send an admin's browser to the provider, to come back with an answer that tells.

    Raises:
        NotPermitted: the actor may not change the configuration, or not read the login log,
            where the outcome stands.
        TooManyAttempts: too many sign-ons were begun.
        ProviderBusy: too many people wait for providers.
        OidcError: the provider cannot be asked, or the client has no secret.
        SessionEnded: the admin's session has ended meanwhile.
    """
    testing.require_may_test(actor, UPDATE_OIDC_CONFIGURATION, configuration)
    begin_attempt(BEGUN, request)
    secret = COOKIE.secret_for(request)
    url = asked_at(request, configuration, secret, tested_in=open_session(request).pk)
    response = sent_by_page(request, configuration.name, url)
    COOKIE.give(response, secret)
    return response


def require_tester(configuration: OidcConfiguration, asked: OidcRequest) -> None:
    """Go on only while whoever began a test has the session in which they did, and still may.

    Raises:
        OidcError: it has ended.
        NotPermitted: they may not change the configuration any more.
    """
    testing.require_tester(
        asked.tested_in,
        UPDATE_OIDC_CONFIGURATION,
        configuration,
        unsolicited=partial(OidcError, Rule.UNSOLICITED),
    )
