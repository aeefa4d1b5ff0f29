"""The assertion consumer service: where browsers bring what identity providers say."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from iac_platform.common.errors import DomainError
from iac_platform.common.places import Places
from iac_platform.gateway.client_address import client_address
from rbac.attempts import begin_attempt, forget_attempt
from sso.federation.addresses import base_url
from sso.federation.browsers import ANSWERED_WITHIN
from sso.federation.refusals import concluded
from sso.login_events.models import Outcome
from sso.login_events.services import Login, record_login
from sso.provisioning.errors import SignOnRefused
from sso.provisioning.selectors import mapping_of
from sso.provisioning.services.dry_run import dry_run
from sso.provisioning.services.sign_on import (
    SignedOn,
    end_sessions_without_group,
    sign_on,
)
from sso.saml import selectors
from sso.saml.errors import LargeResponsesBusy
from sso.saml.pages import linking, refusals, testing
from sso.saml.pages.browsers import COOKIE
from sso.saml.pages.login import BEGUN
from sso.saml.protocol import bindings
from sso.saml.protocol.assertions import Context, Expected
from sso.saml.protocol.responses import read_response
from sso.saml.protocol.rules import Rule, SamlError
from sso.saml.sign_ons import redaction
from sso.saml.sign_ons.identities import external_identity, provider_of
from sso.saml.sign_ons.requests import take_request
from sso.saml.sign_ons.sessions import begin_session, saml_session
from sso.saml.sign_ons.used_messages import UsedMessages
from sso.sign_in.pages.landing import safe_page, start_of
from tenants.context import current_tenant_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse
    from lxml.etree import _Element as Element

    from rbac.attempts import Attempt
    from sso.provisioning.external import ExternalIdentity
    from sso.provisioning.services.dry_run import DryRun
    from sso.saml.models import SamlConfiguration, SamlRequest, SamlSession
    from sso.saml.protocol.assertions import VerifiedAssertion

RESPONSE, UNASKED = "saml-response", "saml-response-unasked"
"""What responses are counted as: those of browsers that began a sign-on here, and all others.

Any site can have a browser bring responses; they use up nothing of those who sign on.
"""

_NOT_BEGUN: Final = (
    "The browser has no cookie of a sign-in that it began here. If it came from the identity "
    "provider's own app launcher, enable allows_idp_initiated, or have people start at the login "
    "URL."
)
LARGE: Final = 64 * 1024  # characters in base64; most responses have a tenth of it
LARGE_RESPONSES: Final = Places(in_all=2, of_one_tenant=1, busy=LargeResponsesBusy)
"""Fewer than a process has threads (WEB_THREADS): some are left for everybody else."""


@dataclass
class _Arrival:
    """A response on its way through the rules, and how far it came."""

    request: HttpRequest
    configuration: SamlConfiguration
    attempt: Attempt
    response: Element | None = None
    relay_state: str = ""
    is_asked_for: bool = False
    is_test: bool = False
    assertion: VerifiedAssertion | None = None

    def document(self) -> str:
        """What the login log keeps: what was verified, else what was posted, if it is small."""
        if self.response is None or (self.assertion is None and _is_large(self.request)):
            return ""
        mapped = mapping_of(provider_of(self.configuration)).attribute_names
        if self.assertion is None:
            return redaction.of_response(self.response, mapped)
        return redaction.of_assertion(self.assertion.document, mapped)

    def subject(self) -> str:
        """Who it is about, once that was verified."""
        return self.assertion.name_id.value if self.assertion is not None else ""


class _Verified(NamedTuple):
    """Who a response is about, the session that may begin, and when the assertion was issued."""

    external: ExternalIdentity
    row: SamlSession
    issued_at: datetime


def consume(request: HttpRequest, slug: str) -> HttpResponse:
    """Sign in whom the identity provider has signed on, or say that it was refused."""
    configuration = _configuration_or_404(slug)
    try:
        # Before anything is decoded, let alone verified.
        arrival = _Arrival(request, configuration, _attempt(request, configuration))
    except DomainError as refusal:
        return _not_taken(request, configuration, refusal, is_unsolicited=True)
    try:
        with _turn(request):
            place = _answered(arrival)
    except DomainError as refusal:
        return _refused(arrival, refusal)
    arrival.attempt.succeed()
    if arrival.is_asked_for:
        forget_attempt(BEGUN, request)
    return HttpResponseRedirect(place)


def _configuration_or_404(slug: str) -> SamlConfiguration:
    """The configuration that an address names; one that is switched off, while it is tested."""
    found = selectors.configuration_by_slug(slug) or selectors.configuration_under_test(slug)
    if found is None:
        raise Http404
    return found


def _refused(arrival: _Arrival, refusal: DomainError) -> HttpResponse:
    """Say that a response was refused: to an admin who tests, precisely."""
    request, configuration = arrival.request, arrival.configuration
    if arrival.is_test:
        return HttpResponseRedirect(_concluded(arrival, refusal))
    return _not_taken(
        request,
        configuration,
        refusal,
        subject=arrival.subject(),
        document=arrival.document(),
        is_unsolicited=not arrival.is_asked_for,
    )


def _not_taken(
    request: HttpRequest, configuration: SamlConfiguration, refusal: DomainError, **known: Any
) -> HttpResponse:
    """Say so, except where nobody signs on: nobody is told that the configuration is there."""
    if not configuration.is_enabled:
        raise Http404
    return refusals.refused(request, configuration, refusal, **known)


def _attempt(request: HttpRequest, configuration: SamlConfiguration) -> Attempt:
    """Count a response; one of a browser with no sign-on under way is refused without, for free.

    Raises:
        SamlError: the configuration takes answers alone.
        TooManyAttempts: there were too many.
    """
    if COOKIE.secret_of(request):
        return begin_attempt(RESPONSE, request)
    if not configuration.allows_idp_initiated:
        raise SamlError(Rule.UNSOLICITED, _NOT_BEGUN)
    return begin_attempt(UNASKED, request)


def _is_large(request: HttpRequest) -> bool:
    return len(request.POST.get("SAMLResponse", "")) > LARGE


@contextmanager
def _turn(request: HttpRequest) -> Iterator[None]:
    """Take a place for the work inside the block, if the response is large.

    Raises:
        LargeResponsesBusy: there is no place.
    """
    if not _is_large(request):
        yield
        return
    with LARGE_RESPONSES.taken(current_tenant_id()):
        yield


def _answered(arrival: _Arrival) -> str:
    """Find which request a response answers, and do what that asked for; where they go."""
    request, configuration = arrival.request, arrival.configuration
    sent = (request.POST.get(name, "") for name in ("SAMLResponse", "RelayState"))
    incoming = bindings.from_form(*sent)
    response = arrival.response = incoming.root
    arrival.relay_state = incoming.relay_state
    # Which request it says it answers: only to look it up among this browser's own.
    asked = take_request(
        configuration,
        secret=COOKIE.secret_of(request),
        request_id=response.get("InResponseTo", ""),
    )
    arrival.is_asked_for = asked is not None
    if asked is not None and asked.tested_in is not None:
        return _tested(arrival, response, asked)
    if not configuration.is_enabled:
        raise SamlError(Rule.UNSOLICITED, "The configuration is switched off, and this is no test.")
    verified = _read(arrival, response, asked)
    if asked is not None and asked.linked_in is not None:
        return _linked(arrival, verified.external, asked)
    return _signed_in(arrival, verified, asked)


def _linked(arrival: _Arrival, external: ExternalIdentity, asked: SamlRequest) -> str:
    """Have whoever asked for it be who a response is about; where they go."""
    with transaction.atomic():  # one that is refused in the end links nothing
        user = linking.finish_link(arrival.configuration, asked, external)
        arrival.attempt = arrival.attempt.at(user.pk)
    _record(arrival, SignedOn(user, ()), Outcome.LINKED)
    return reverse("account-identities")


def _tested(arrival: _Arrival, response: Element, asked: SamlRequest) -> str:
    """Hold a response to every rule, as for a sign-on, and write down what it would do."""
    arrival.is_test = True
    testing.require_tester(arrival.configuration, asked)
    return _concluded(arrival, dry_run(_read(arrival, response, asked).external))


def _concluded(arrival: _Arrival, found: DryRun | DomainError) -> str:
    return concluded(
        arrival.request,
        provider_of(arrival.configuration),
        found,
        subject=arrival.subject(),
        document=arrival.document(),
    )


def _read(arrival: _Arrival, response: Element, asked: SamlRequest | None) -> _Verified:
    """Hold a response to every rule."""
    configuration = arrival.configuration
    sp = selectors.service_provider(configuration, base_url(arrival.request))
    idp = selectors.identity_provider(configuration)
    context = Context(idp, sp, _expected(configuration, asked), timezone.now())
    assertion = arrival.assertion = read_response(response, context, UsedMessages())
    external = external_identity(configuration, assertion, sp.entity_id)
    return _Verified(external, saml_session(configuration, assertion), assertion.issued_at)


def _signed_in(arrival: _Arrival, verified: _Verified, asked: SamlRequest | None) -> str:
    """Find the user whom a response is about, and begin their session; where they go."""
    request = arrival.request
    try:
        with transaction.atomic():  # of a sign-on that is refused in the end, no user stays
            signed_on = sign_on(verified.external)
            # Everybody may sign on so often only, by whatever secret (rbac.attempts).
            arrival.attempt = arrival.attempt.at(signed_on.user.pk)
            begin_session(request, signed_on.user, verified.row, issued_at=verified.issued_at)
    except SignOnRefused as refusal:
        end_sessions_without_group(verified.external, refusal)
        raise
    _record(arrival, signed_on)
    wanted = arrival.relay_state if asked is None else asked.relay_state
    return safe_page(request, wanted) or start_of(signed_on.user)


def _expected(configuration: SamlConfiguration, asked: SamlRequest | None) -> Expected:
    """What is expected of a response, by its configuration and the request that it answers."""
    begun = timezone.now() - ANSWERED_WITHIN if asked is None else asked.created_at
    links = asked is not None and asked.linked_in is not None
    return Expected(
        request_id=None if asked is None else asked.request_id,
        allow_unsolicited=configuration.allows_idp_initiated,
        signed_response=configuration.requires_signed_response,
        signed_assertion=configuration.requires_signed_assertion,
        encrypted=configuration.requires_encryption,
        authentication_contexts=frozenset(configuration.authentication_contexts),
        authenticated_since=begun if configuration.force_authn or links else None,
    )


def _record(arrival: _Arrival, signed_on: SignedOn, outcome: Outcome = Outcome.SIGNED_IN) -> None:
    login = Login(
        outcome,
        reason=" ".join(signed_on.withheld),
        subject=arrival.subject(),
        user=signed_on.user,
        document=arrival.document(),
    )
    address = client_address(arrival.request)
    record_login(provider_of(arrival.configuration), login, address=address)
