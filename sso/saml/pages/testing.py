"""Testing a configuration: a sign-on that goes through every rule and signs nobody in.

What is a test is decided by the request that the browser took along, which only its cookie
finds: an answer to another one is never a test, and an answer to this one never a sign-on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from django.urls import reverse
from django.utils import timezone

from iac_platform.common.access import access_policy
from iac_platform.gateway.client_address import client_address
from rbac.attempts import begin_attempt
from sso.login_events.models import Outcome
from sso.login_events.permissions import VIEW_LOGIN_EVENT
from sso.login_events.services import Login, record_login
from sso.provisioning.services.dry_run import DryRun
from sso.saml import selectors
from sso.saml.pages import browsers, refusals
from sso.saml.pages.login import BEGUN, request_of
from sso.saml.pages.sending import sent_by_page
from sso.saml.permissions import UPDATE_SAML_CONFIGURATION
from sso.saml.protocol.rules import Rule, SamlError
from sso.saml.sign_ons.identities import provider_of
from sso.saml.sign_ons.requests import remember_request
from sso.sign_in.models import Session
from sso.sign_in.services.sessions import open_session

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from iac_platform.common.audit import Actor
    from iac_platform.common.errors import DomainError
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
    secret = browsers.secret_of(request) or browsers.new_secret()
    outgoing = request_of(configuration, selectors.base_url(request))
    remember_request(
        configuration,
        secret=secret,
        request_id=outgoing.message_id,
        tested_in=open_session(request).pk,
    )
    response = sent_by_page(request, configuration, outgoing)
    browsers.give_secret(response, secret)
    return response


def require_tester(configuration: SamlConfiguration, asked: SamlRequest) -> None:
    """Go on only while whoever began a test has the session in which they did, and still may.

    Raises:
        SamlError: it has ended.
        NotPermitted: they may not change the configuration any more.
    """
    rows = Session.objects.select_related("user").filter(
        pk__in=[asked.tested_in], user__is_active=True, expires_at__gt=timezone.now()
    )
    session = rows.first()
    if session is None or session.user is None:
        raise SamlError(Rule.UNSOLICITED, "The session in which the test began has ended.")
    access_policy().require(session.user, UPDATE_SAML_CONFIGURATION, configuration)


def concluded(
    request: HttpRequest,
    configuration: SamlConfiguration,
    found: DryRun | DomainError,
    *,
    subject: str,
    document: str,
) -> str:
    """Write down what a test found; the page of the admin where that stands.

    Args:
        request: that brought the response.
        configuration: which is tested.
        found: what a sign-on would do, or the rule that was broken.
        subject: who it is about, once that was verified.
        document: what the login log keeps of it.
    """
    refusal = found.refusal if isinstance(found, DryRun) else found
    login = Login(
        Outcome.TESTED,
        code=refusals.code_of(refusal) if refusal else "",
        reason=refusals.reason_of(refusal) if refusal else "",
        report=found.report if isinstance(found, DryRun) else {},
        subject=subject,
        document=document,
    )
    event_id, address = uuid4(), client_address(request)
    record_login(provider_of(configuration), login, address=address, event_id=event_id)
    return reverse("admin:login_events_loginevent_change", args=[event_id])
