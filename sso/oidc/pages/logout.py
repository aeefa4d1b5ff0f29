"""Where providers end sessions, and where browsers come back that have signed out there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect

from iac_platform.common.errors import DomainError
from iac_platform.gateway.client_address import client_address
from iac_platform.gateway.problems.translation import problem_of
from rbac.attempts import begin_attempt
from sso.federation.logout import here_and_there
from sso.federation.refusals import code_of, reason_of, refused
from sso.login_events.models import Outcome
from sso.login_events.services import Login, record_login
from sso.oidc.pages.browsers import COOKIE
from sso.oidc.pages.protocol import OIDC
from sso.oidc.protocol.rules import OidcError, Rule
from sso.oidc.providers import vendor_of_issuer
from sso.oidc.services.logout import carry_out, end_named_session, verified_logout
from sso.oidc.services.provider_client import PROVIDER_CALLS
from sso.oidc.sign_ons.identities import provider_of
from sso.oidc.sign_ons.requests import secret_for_logout, take_request
from tenants.context import current_tenant_id

if TYPE_CHECKING:
    from django.http import HttpRequest

    from rbac.models import User
    from sso.oidc.models import OidcConfiguration

LOGOUT_ATTEMPTS: Final = "oidc-logout"
"""What logouts by providers are counted as."""
MAX_LOGOUTS: Final = 600
"""Right ones of a provider in five minutes: each costs verification, and rows."""
_REFUSED, _UNAVAILABLE = 400, 503


def backchannel_logout(request: HttpRequest, slug: str) -> HttpResponse:
    """End the sessions that a logout token names (Back-Channel Logout 1.0, section 2.5)."""
    configuration = OIDC.configuration_or_404(slug)
    try:
        attempt = begin_attempt(LOGOUT_ATTEMPTS, request).at(configuration.pk, most=MAX_LOGOUTS)
        with PROVIDER_CALLS.taken(current_tenant_id()):
            logout = verified_logout(configuration, request.POST.get("logout_token", ""))
        ended = carry_out(configuration, logout)
    except DomainError as refusal:
        _record_refusal(request, configuration, refusal)
        return _problem(refusal)
    attempt.succeed()
    _record(request, configuration, logout.subject, ended)
    return HttpResponse()


def frontchannel_logout(request: HttpRequest, slug: str) -> HttpResponse:
    """End the session that a frame of the provider's page names (Front-Channel Logout 1.0).

    No cookie of ours is sent with a frame of another site, so the session is found by what the
    provider calls it, which only the provider and this platform know.
    """
    configuration = OIDC.configuration_or_404(slug)
    try:
        attempt = begin_attempt(LOGOUT_ATTEMPTS, request).at(configuration.pk, most=MAX_LOGOUTS)
        ended = end_named_session(configuration, _named_session(request, configuration))
    except DomainError as refusal:
        _record_refusal(request, configuration, refusal)
        return _problem(refusal)
    if ended:
        attempt.succeed()
        _record(request, configuration, "", ended)
    return HttpResponse()


def signed_out(request: HttpRequest, slug: str) -> HttpResponse:
    """Say that the provider has ended its session too; ours has ended before."""
    configuration = OIDC.configuration_or_404(slug)
    try:
        begin_attempt(LOGOUT_ATTEMPTS, request)
        secret = secret_for_logout(COOKIE.secret_of(request))
        take_request(configuration, secret=secret, state=request.GET.get("state", ""))
    except DomainError as refusal:
        return refused(
            request,
            provider_of(configuration),
            refusal,
            template="sign_in/logout_refused.html",
            is_unsolicited=True,
        )
    messages.success(request, here_and_there(configuration.name))
    return redirect("login")


def _named_session(request: HttpRequest, configuration: OidcConfiguration) -> str:
    issuer, sid = request.GET.get("iss", ""), request.GET.get("sid", "")
    vendor = vendor_of_issuer(configuration.issuer)
    is_told = bool(issuer) or vendor.sends_logout_issuer  # else the address alone tells whose it is
    if is_told and issuer != configuration.issuer:
        raise OidcError(Rule.ISSUER, "iss is not the issuer of the configuration.")
    if not sid:
        raise OidcError(Rule.PARAMETERS, "sid is missing: no other session can be told.")
    return sid


def _record(
    request: HttpRequest, configuration: OidcConfiguration, subject: str, ended: list[User]
) -> None:
    login = Login(
        Outcome.SIGNED_OUT,
        reason=f"Sessions that ended: {len(ended)}.",
        subject=subject,
        user=ended[0] if ended else None,
    )
    record_login(provider_of(configuration), login, address=client_address(request))


def _record_refusal(
    request: HttpRequest, configuration: OidcConfiguration, refusal: DomainError
) -> None:
    login = Login(
        Outcome.REFUSED, code=code_of(refusal), reason=reason_of(refusal), is_unsolicited=True
    )
    record_login(provider_of(configuration), login, address=client_address(request))


def _problem(refusal: DomainError) -> HttpResponse:
    """What a provider is told (section 2.8); what exactly is wrong, the login log says."""
    if isinstance(refusal, OidcError):
        status = _UNAVAILABLE if refusal.is_temporary else _REFUSED
    else:
        problem = problem_of(refusal)
        status = problem.status if problem else _REFUSED
    body = {"error": "invalid_request", "error_description": code_of(refusal)}
    return JsonResponse(body, status=status)
