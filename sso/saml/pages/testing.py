"""Testing a configuration: a sign-on that goes through every rule and signs nobody in.

What is a test is decided by the request that the browser took along, which only its cookie
finds: an answer to another one is never a test, and an answer to this one never a sign-on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.common.access import access_policy
from rbac.attempts import begin_attempt
from sso.federation.addresses import base_url
from sso.federation.sessions import active_user_of
from sso.login_events.permissions import VIEW_LOGIN_EVENT
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
    access_policy().require(actor, UPDATE_SAML_CONFIGURATION, configuration)
    access_policy().require(actor, VIEW_LOGIN_EVENT)
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
    user = active_user_of(asked.tested_in)
    if user is None:
        raise SamlError(Rule.UNSOLICITED, "The session in which the test began has ended.")
    access_policy().require(user, UPDATE_SAML_CONFIGURATION, configuration)
