"""Single logout service: where identity providers end sessions, and answer when ours end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from iac_platform.common.errors import DomainError
from iac_platform.gateway.client_address import client_address
from rbac.attempts import begin_attempt
from sso.federation.addresses import base_url
from sso.federation.logout import here_and_there, only_here
from sso.federation.refusals import refused
from sso.login_events.models import Outcome
from sso.login_events.services import Login, record_login
from sso.saml import selectors
from sso.saml.pages.browsers import COOKIE
from sso.saml.pages.protocol import SAML
from sso.saml.pages.sending import sent
from sso.saml.protocol import bindings
from sso.saml.protocol.logout import (
    logout_response,
    logout_response_envelope,
    read_logout_request,
    read_logout_response,
)
from sso.saml.protocol.names import samlp
from sso.saml.protocol.rules import Rule, SamlError
from sso.saml.sign_ons.identities import provider_of
from sso.saml.sign_ons.logouts import end_sessions
from sso.saml.sign_ons.requests import secret_for_logout, take_request
from sso.saml.sign_ons.used_messages import UsedMessages

if TYPE_CHECKING:
    from django.http import HttpRequest

    from rbac.models import User
    from sso.saml.models import SamlConfiguration
    from sso.saml.protocol.bindings import Incoming
    from sso.saml.protocol.logout import Logout
    from sso.saml.protocol.parties import IdentityProvider, ServiceProvider

LOGOUT = "saml-logout"
"""What logout messages are counted as."""
MOST_LOGOUTS: Final = 600
"""Right ones of an identity provider in five minutes: each costs verification, and rows."""

_REQUEST, _RESPONSE, _RELAY_STATE = "SAMLRequest", "SAMLResponse", "RelayState"
_XML: Final = "text/xml"  # SOAP 1.1, section 6


class _Message(NamedTuple):
    """A message that has arrived, and the two parties."""

    request: HttpRequest
    configuration: SamlConfiguration
    sp: ServiceProvider
    idp: IdentityProvider
    incoming: Incoming


def single_logout(request: HttpRequest, slug: str) -> HttpResponse:
    """End sessions for an identity provider, or take its answer to a logout that began here."""
    configuration = SAML.configuration_or_404(slug)
    try:
        # Before anything is decoded, let alone verified.
        attempt = begin_attempt(LOGOUT, request).at(configuration.pk, most=MOST_LOGOUTS)
        answer = _answered(_arrived(request, configuration))
    except DomainError as refusal:
        return refused(
            request,
            provider_of(configuration),
            refusal,
            template="sign_in/logout_refused.html",
            is_unsolicited=True,
        )
    attempt.succeed()
    return answer


def _arrived(request: HttpRequest, configuration: SamlConfiguration) -> _Message:
    sp = selectors.service_provider(configuration, base_url(request))
    # Expired metadata signs nobody in, but may still sign people out.
    idp = selectors.last_good(configuration) or selectors.identity_provider(configuration)
    return _Message(request, configuration, sp, idp, _read(request, idp))


def _read(request: HttpRequest, idp: IdentityProvider) -> Incoming:
    """The message, by whichever binding it came."""
    if request.method == "GET":
        parameter = _RESPONSE if _RESPONSE in request.GET else _REQUEST
        return bindings.from_query(request.META["QUERY_STRING"], parameter, idp.certificates)
    if request.content_type == _XML:
        return bindings.from_envelope(request.body)
    parameter = _RESPONSE if _RESPONSE in request.POST else _REQUEST
    return bindings.from_form(request.POST.get(parameter, ""), request.POST.get(_RELAY_STATE, ""))


def _answered(message: _Message) -> HttpResponse:
    if message.incoming.root.tag == samlp("LogoutResponse"):
        return _returned(message)
    logout, ended = _carried_out(message)
    _record(message, logout, ended)
    return _confirmed(message, logout)


@transaction.atomic
def _carried_out(message: _Message) -> tuple[Logout, list[User]]:
    """End what a LogoutRequest names; whose. It is used up only if that is done.

    The same message is good again after a failure: the identity provider may repeat it.
    """
    store = UsedMessages(durable=False)
    logout = read_logout_request(
        message.incoming, message.sp, message.idp, now=timezone.now(), store=store
    )
    return logout, end_sessions(message.configuration, logout, message.sp.entity_id)


def _confirmed(message: _Message, logout: Logout) -> HttpResponse:
    """Answer with success, also where no session matched: what was asked for holds.

    A session that has ended before is the usual reason, and by a failure the identity provider
    would warn people of a session that is not there.
    """
    if message.request.content_type == _XML:
        envelope = logout_response_envelope(message.sp, logout, now=timezone.now())
        return HttpResponse(envelope, content_type=_XML)
    try:
        outgoing = logout_response(message.sp, message.idp, logout, now=timezone.now())
    except SamlError:
        # It takes no answer by the browser, which must go somewhere all the same.
        messages.success(message.request, "You have signed out.")
        return redirect("login")
    return sent(message.request, message.configuration, outgoing)


def _returned(message: _Message) -> HttpResponse:
    """Say whether the identity provider has ended its session too; ours has ended before."""
    request, name = message.request, message.configuration.name
    request_id = message.incoming.root.get("InResponseTo", "")
    secret = secret_for_logout(COOKIE.secret_of(request))
    if take_request(message.configuration, secret=secret, request_id=request_id) is None:
        raise SamlError(Rule.UNSOLICITED, "No logout of this browser is under way.")
    try:
        read_logout_response(
            message.incoming, message.sp, message.idp, request_id=request_id, now=timezone.now()
        )
    except SamlError as refusal:
        if refusal.rule is not Rule.STATUS:
            raise
        messages.warning(request, only_here(name))
    else:
        messages.success(request, here_and_there(name))
    return redirect("login")


def _record(message: _Message, logout: Logout, ended: list[User]) -> None:
    login = Login(
        Outcome.SIGNED_OUT,
        reason=f"Sessions that ended: {len(ended)}.",
        subject=logout.name_id.value,
        user=ended[0] if ended else None,
    )
    address = client_address(message.request)
    record_login(provider_of(message.configuration), login, address=address)
