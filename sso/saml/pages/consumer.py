"""The assertion consumer service: where browsers bring what identity providers say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpResponseRedirect
from django.utils import timezone

from iac_platform.common.errors import DomainError
from iac_platform.gateway.client_address import client_address
from rbac.attempts import begin_attempt, forget_attempt
from sso.login_events.models import Outcome
from sso.login_events.services import Login, record_login
from sso.provisioning.selectors import mapping_of
from sso.provisioning.services.sign_on import sign_on
from sso.saml import selectors
from sso.saml.pages import browsers, refusals
from sso.saml.pages.login import BEGUN
from sso.saml.protocol import bindings
from sso.saml.protocol.assertions import Context, Expected
from sso.saml.protocol.responses import read_response
from sso.saml.sign_ons import evidence
from sso.saml.sign_ons.identities import external_identity, mapped_attributes, provider_of
from sso.saml.sign_ons.requests import ANSWERED_WITHIN, take_request
from sso.saml.sign_ons.sessions import begin_session, saml_session
from sso.saml.sign_ons.used_messages import UsedMessages
from sso.sign_in.pages.landing import safe_page, start_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from sso.provisioning.services.sign_on import SignedOn
    from sso.saml.models import SamlConfiguration, SamlRequest
    from sso.saml.protocol.assertions import SignOn

RESPONSE = "saml-response"
"""What responses are counted as."""


@dataclass
class _Arrival:
    """A response on its way through the rules, and how far it came."""

    request: HttpRequest
    configuration: SamlConfiguration
    encoded: str
    relay_state: str
    said: SignOn | None = None

    def document(self) -> str:
        """What the login log keeps of it: what was verified, else what was posted."""
        mapping = mapping_of(provider_of(self.configuration))
        if self.said is not None:
            return evidence.of_assertion(self.said.document, mapped_attributes(mapping))
        return evidence.of_response(self.encoded, mapped_attributes(mapping))

    def subject(self) -> str:
        """Who it is about, once that was verified."""
        return self.said.name_id.value if self.said is not None else ""


def consume(request: HttpRequest, slug: str) -> HttpResponse:
    """Sign in whom the identity provider has signed on, or say that it was refused."""
    configuration = refusals.configuration_or_404(slug)
    try:
        # Before anything is decoded, let alone verified.
        attempt = begin_attempt(RESPONSE, request)
    except DomainError as refusal:
        return refusals.refused(request, configuration, refusal)
    arrival = _Arrival(
        request,
        configuration,
        request.POST.get("SAMLResponse", ""),
        request.POST.get("RelayState", ""),
    )
    try:
        place = _signed_in(arrival)
    except DomainError as refusal:
        return refusals.refused(
            request,
            configuration,
            refusal,
            subject=arrival.subject(),
            document=arrival.document(),
        )
    attempt.take_back()
    forget_attempt(BEGUN, request)
    return HttpResponseRedirect(place)


def _signed_in(arrival: _Arrival) -> str:
    """Hold a response to every rule, find the user, and begin their session; where they go."""
    request, configuration = arrival.request, arrival.configuration
    asked = take_request(
        configuration,
        secret=browsers.secret_of(request),
        request_id=_answered(arrival.encoded),
    )
    sp = selectors.service_provider(configuration, selectors.base_url(request))
    idp = selectors.identity_provider(configuration)
    context = Context(idp, sp, _expected(configuration, asked), timezone.now())
    said = arrival.said = read_response(arrival.encoded, context, UsedMessages())
    row = saml_session(configuration, said)
    signed_on = sign_on(external_identity(configuration, said, sp.entity_id))
    begin_session(request, signed_on.user, row)
    _record(arrival, signed_on)
    wanted = arrival.relay_state if asked is None else asked.relay_state
    return safe_page(request, wanted) or start_of(signed_on.user)


def _answered(encoded: str) -> str:
    """Which request a response says it answers: only to look it up among this browser's own."""
    return bindings.from_form(encoded).root.get("InResponseTo") or ""


def _expected(configuration: SamlConfiguration, asked: SamlRequest | None) -> Expected:
    """What is expected of a response, by its configuration and the request that it answers."""
    begun = timezone.now() - ANSWERED_WITHIN if asked is None else asked.created_at
    return Expected(
        request_id=None if asked is None else asked.request_id,
        allow_unsolicited=configuration.allows_idp_initiated,
        signed_response=configuration.requires_signed_response,
        signed_assertion=configuration.requires_signed_assertion,
        encrypted=configuration.requires_encryption,
        authentication_contexts=frozenset(configuration.authentication_contexts),
        authenticated_since=begun if configuration.force_authn else None,
    )


def _record(arrival: _Arrival, signed_on: SignedOn) -> None:
    login = Login(
        Outcome.SIGNED_IN,
        reason=" ".join(signed_on.withheld),
        subject=arrival.subject(),
        user=signed_on.user,
        document=arrival.document(),
    )
    address = client_address(arrival.request)
    record_login(provider_of(arrival.configuration), login, address=address)
