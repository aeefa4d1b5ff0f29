"""The redirection endpoint: where browsers bring what providers say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from iac_platform.common.errors import DomainError
from iac_platform.gateway.client_address import client_address
from rbac.attempts import begin_attempt, forget_attempt
from sso.federation.addresses import base_url
from sso.federation.refusals import concluded, refused
from sso.login_events.models import Outcome
from sso.login_events.services import Login, record_login
from sso.oidc import selectors
from sso.oidc.pages import linking, testing
from sso.oidc.pages.browsers import COOKIE
from sso.oidc.pages.login import BEGUN
from sso.oidc.protocol.algorithms import Algorithm
from sso.oidc.protocol.id_tokens import Expected, check_claims
from sso.oidc.protocol.requests import AuthorizationRequest
from sso.oidc.protocol.responses import authorization_code, read_parameters
from sso.oidc.protocol.rules import OidcError, Rule
from sso.oidc.protocol.userinfo import attributes_of
from sso.oidc.services.provider_client import PROVIDER_CALLS, ProviderClient
from sso.oidc.sign_ons import redaction
from sso.oidc.sign_ons.identities import external_identity, provider_of
from sso.oidc.sign_ons.requests import take_request
from sso.oidc.sign_ons.sessions import begin_session
from sso.provisioning.errors import SignOnRefused
from sso.provisioning.selectors import mapping_of
from sso.provisioning.services.dry_run import dry_run
from sso.provisioning.services.sign_on import SignedOn, end_sessions_without_group, sign_on
from sso.sign_in.pages.landing import safe_page, start_of
from tenants.context import current_tenant_id

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from rbac.attempts import Attempt
    from sso.oidc.models import OidcConfiguration, OidcRequest
    from sso.oidc.protocol.documents import Document
    from sso.provisioning.external import ExternalIdentity
    from sso.provisioning.services.dry_run import DryRun

CALLBACK = "oidc-response"
"""What responses of browsers that began a sign-on here are counted as."""


@dataclass
class _Arrival:
    """A response on its way through the rules, and how far it came."""

    request: HttpRequest
    configuration: OidcConfiguration
    attempt: Attempt
    is_asked_for: bool = False
    is_test: bool = False
    subject: str = ""
    claims: Document = field(default_factory=dict)
    userinfo: Document = field(default_factory=dict)

    def log_fields(self) -> dict[str, Any]:
        """What the login log keeps: what was verified."""
        document = ""
        if self.claims:
            names = mapping_of(provider_of(self.configuration)).attribute_names
            document = redaction.redact(self.claims, self.userinfo, names)
        return {"subject": self.subject, "document": document}


def finish(request: HttpRequest, slug: str) -> HttpResponse:
    """Sign in whom the provider has signed on, or say that it was refused."""
    configuration = _configuration_or_404(slug)
    try:
        # Before anything is looked up, let alone asked for.
        arrival = _Arrival(request, configuration, _attempt(request))
    except DomainError as refusal:
        return _not_taken(request, configuration, refusal, is_unsolicited=True)
    try:
        with PROVIDER_CALLS.taken(current_tenant_id()):
            place = _answered(arrival)
    except DomainError as refusal:
        return _refused(arrival, refusal)
    arrival.attempt.succeed()
    forget_attempt(BEGUN, request)
    return HttpResponseRedirect(place)


def _configuration_or_404(slug: str) -> OidcConfiguration:
    """The configuration that an address names; one that is switched off, while it is tested."""
    found = selectors.configuration_by_slug(slug) or selectors.configuration_under_test(slug)
    if found is None:
        raise Http404
    return found


def _attempt(request: HttpRequest) -> Attempt:
    """Count a response; one of a browser with no sign-on under way is refused without, for free.

    Raises:
        OidcError: the browser has no cookie.
        TooManyAttempts: there were too many.
    """
    if not COOKIE.secret_of(request):
        raise OidcError(Rule.UNSOLICITED, "The browser has no cookie of a sign-on that it began.")
    return begin_attempt(CALLBACK, request)


def _refused(arrival: _Arrival, refusal: DomainError) -> HttpResponse:
    """Say that a response was refused: to an admin who tests, precisely."""
    if arrival.is_test:
        return HttpResponseRedirect(_concluded(arrival, refusal))
    known = {**arrival.log_fields(), "is_unsolicited": not arrival.is_asked_for}
    return _not_taken(arrival.request, arrival.configuration, refusal, **known)


def _not_taken(
    request: HttpRequest, configuration: OidcConfiguration, refusal: DomainError, **known: Any
) -> HttpResponse:
    """Say so, except where nobody signs on: nobody is told that the configuration is there."""
    if not configuration.is_enabled:
        raise Http404
    return refused(request, provider_of(configuration), refusal, **known)


def _answered(arrival: _Arrival) -> str:
    """Find which request a response answers, and do what that asked for; where they go."""
    request, configuration = arrival.request, arrival.configuration
    parameters = read_parameters(dict(request.GET.lists()))
    secret, state = COOKIE.secret_of(request), parameters.get("state", "")
    asked = take_request(configuration, secret=secret, state=state)
    arrival.is_asked_for = True
    if asked.tested_in is not None:
        arrival.is_test = True
        testing.require_tester(configuration, asked)
        return _concluded(arrival, dry_run(_read(arrival, parameters, asked)))
    if not configuration.is_enabled:
        raise OidcError(Rule.UNSOLICITED, "The configuration is switched off, and this is no test.")
    external = _read(arrival, parameters, asked)
    if asked.linked_in is not None:
        return _linked(arrival, external, asked)
    return _signed_in(arrival, external, asked)


def _read(arrival: _Arrival, parameters: dict[str, str], asked: OidcRequest) -> ExternalIdentity:
    """Hold an answer to every rule; who it is about."""
    request, configuration = arrival.request, arrival.configuration
    provider = ProviderClient(configuration)
    metadata = provider.metadata()
    code = authorization_code(parameters, metadata)
    own = AuthorizationRequest.derive(COOKIE.secret_of(request), parameters["state"])
    client = selectors.client(configuration, base_url(request))
    tokens = provider.exchange_code(metadata, client, code=code, code_verifier=own.code_verifier)
    claims = arrival.claims = provider.verify_id_token(metadata, tokens.id_token)
    expected = _expected(configuration, asked, own.nonce, tokens.access_token)
    subject = arrival.subject = check_claims(claims, expected)
    arrival.userinfo = provider.fetch_userinfo(metadata, tokens.access_token, subject)
    return external_identity(configuration, subject, attributes_of(claims, arrival.userinfo))


def _expected(
    configuration: OidcConfiguration, asked: OidcRequest, nonce: str, access_token: str
) -> Expected:
    """What is expected of an ID token, by its configuration and the request that it answers."""
    return Expected(
        issuer=configuration.issuer,
        client_id=configuration.client_id,
        nonce=nonce,
        access_token=access_token,
        algorithm=Algorithm(configuration.signing_algorithm),
        requested_at=asked.created_at,
        now=timezone.now(),
        hosted_domain=configuration.hosted_domain,
        requires_fresh_login=asked.linked_in is not None,
    )


def _concluded(arrival: _Arrival, found: DryRun | DomainError) -> str:
    provider = provider_of(arrival.configuration)
    return concluded(arrival.request, provider, found, **arrival.log_fields())


def _linked(arrival: _Arrival, external: ExternalIdentity, asked: OidcRequest) -> str:
    """Have whoever asked for it be who an answer is about; where they go."""
    with transaction.atomic():  # one that is refused in the end links nothing
        user = linking.finish_link(arrival.configuration, asked, external)
        arrival.attempt = arrival.attempt.at(user.pk)
    _record(arrival, SignedOn(user, ()), Outcome.LINKED)
    return reverse("account-identities")


def _signed_in(arrival: _Arrival, external: ExternalIdentity, asked: OidcRequest) -> str:
    """Find the user whom an answer is about, and begin their session; where they go."""
    request = arrival.request
    try:
        with transaction.atomic():  # of a sign-on that is refused in the end, no user stays
            signed_on = sign_on(external)
            # Everybody may sign on so often only, by whatever secret (rbac.attempts).
            arrival.attempt = arrival.attempt.at(signed_on.user.pk)
            begin_session(request, signed_on.user, arrival.configuration)
    except SignOnRefused as refusal:
        end_sessions_without_group(external, refusal)
        raise
    _record(arrival, signed_on)
    return safe_page(request, asked.next_page) or start_of(signed_on.user)


def _record(arrival: _Arrival, signed_on: SignedOn, outcome: Outcome = Outcome.SIGNED_IN) -> None:
    login = Login(
        outcome, reason=" ".join(signed_on.withheld), user=signed_on.user, **arrival.log_fields()
    )
    record_login(provider_of(arrival.configuration), login, address=client_address(arrival.request))
