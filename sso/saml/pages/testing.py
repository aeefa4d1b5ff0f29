"""Testing a configuration by SAML (``sso.federation.testing``)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rbac.attempts import begin_attempt
from sso.federation import testing
from sso.federation.addresses import base_url
from sso.saml.pages.browsers import COOKIE
from sso.saml.pages.login import BEGUN, request_of
from sso.saml.pages.sending import sent_by_page
from sso.saml.permissions import UPDATE_SAML_CONFIGURATION
from sso.saml.protocol.rules import Rule, SamlError
from sso.saml.sign_ons.requests import remember_request
from sso.sign_in.services.sessions import open_session

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from iac_platform.common.audit import Actor
    from sso.saml.models import SamlConfiguration, SamlRequest


def begin_test(
    request: HttpRequest, configuration: SamlConfiguration, *, actor: Actor
) -> HttpResponse:
    """Send an admin's browser to the identity provider, to come back with an answer that tells.

    Raises:
        NotPermitted: the actor may not change the configuration, or not read the login log,
            where the outcome stands.
        TooManyAttempts: too many sign-ons were begun.
        SamlError: the configuration has no metadata that can be used.
        SessionEnded: the admin's session has ended meanwhile.
        SamlConfigurationNotFound: it has no key.
    """
    testing.require_may_test(actor, UPDATE_SAML_CONFIGURATION, configuration)
    begin_attempt(BEGUN, request)
    secret = COOKIE.secret_for(request)
    outgoing = request_of(configuration, base_url(request))
    remember_request(
        configuration,
        secret=secret,
        request_id=outgoing.message_id,
        tested_in=open_session(request).pk,
    )
    response = sent_by_page(request, configuration, outgoing)
    COOKIE.give(response, secret)
    return response


def require_tester(configuration: SamlConfiguration, asked: SamlRequest) -> None:
    """Go on only while whoever began a test has the session in which they did, and still may.

    Raises:
        SamlError: it has ended.
        NotPermitted: they may not change the configuration any more.
    """
    testing.require_tester(
        asked.tested_in,
        UPDATE_SAML_CONFIGURATION,
        configuration,
        unsolicited=partial(SamlError, Rule.UNSOLICITED),
    )
