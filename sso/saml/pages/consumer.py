"""The assertion consumer service: where browsers bring what identity providers say."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from iac_platform.common.places import Places
from rbac.attempts import begin_attempt
from sso.federation.addresses import base_url
from sso.federation.browsers import ANSWERED_WITHIN
from sso.federation.responses import ResponseFlow
from sso.provisioning.selectors import mapping_of
from sso.saml import selectors
from sso.saml.errors import LargeResponsesBusy
from sso.saml.pages.browsers import COOKIE
from sso.saml.pages.protocol import SAML
from sso.saml.protocol import bindings
from sso.saml.protocol.assertions import Context, Expected
from sso.saml.protocol.responses import read_response
from sso.saml.sign_ons import redaction
from sso.saml.sign_ons.identities import external_identity
from sso.saml.sign_ons.requests import take_request
from sso.saml.sign_ons.sessions import begin_session, saml_session
from sso.saml.sign_ons.used_messages import UsedMessages
from tenants.context import current_tenant_id

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from django.http import HttpRequest, HttpResponse

    from rbac.attempts import Attempt
    from rbac.models import User
    from sso.provisioning.external import ExternalIdentity
    from sso.saml.models import SamlConfiguration, SamlRequest, SamlSession
    from sso.saml.protocol.assertions import VerifiedAssertion
    from sso.saml.protocol.bindings import Incoming

RESPONSE_ATTEMPTS, UNSOLICITED_ATTEMPTS = "saml-response", "saml-response-unsolicited"
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


class _Response(ResponseFlow):
    """A Response in a form, which an assertion of it signs somebody on."""

    protocol = SAML
    configuration: SamlConfiguration
    pending: SamlRequest | None
    _incoming: Incoming | None = None
    _assertion: VerifiedAssertion | None = None
    _row: SamlSession

    def count_attempt(self) -> Attempt:
        """A browser without our cookie is refused first, unless responses may come unsolicited."""
        if COOKIE.secret_of(self.request):
            return begin_attempt(RESPONSE_ATTEMPTS, self.request)
        if not self.configuration.allows_idp_initiated:
            raise SAML.unsolicited(_NOT_BEGUN)
        return begin_attempt(UNSOLICITED_ATTEMPTS, self.request)

    def turn(self) -> AbstractContextManager[None]:
        """Large ones cost much."""
        return LARGE_RESPONSES.taken(current_tenant_id()) if self._is_large() else nullcontext()

    def _is_large(self) -> bool:
        return len(self.request.POST.get("SAMLResponse", "")) > LARGE

    def take_request(self) -> SamlRequest | None:
        """By the request ID that it names: only to look it up among this browser's own."""
        posted = (self.request.POST.get(name, "") for name in ("SAMLResponse", "RelayState"))
        self._incoming = bindings.from_form(*posted)
        return take_request(
            self.configuration,
            secret=COOKIE.secret_of(self.request),
            request_id=self._incoming.root.get("InResponseTo", ""),
        )

    def verify(self) -> ExternalIdentity:
        """Check the signature and every rule about what it says."""
        assert self._incoming is not None  # noqa: S101  # take_request has read it
        sp = selectors.service_provider(self.configuration, base_url(self.request))
        idp = selectors.identity_provider(self.configuration)
        context = Context(idp, sp, self._expected(), timezone.now())
        assertion = self._assertion = read_response(self._incoming.root, context, UsedMessages())
        self.subject = assertion.name_id.value
        external = external_identity(self.configuration, assertion, sp.entity_id)
        self._row = saml_session(self.configuration, assertion)
        return external

    def _expected(self) -> Expected:
        configuration, pending = self.configuration, self.pending
        begun = timezone.now() - ANSWERED_WITHIN if pending is None else pending.created_at
        links = pending is not None and pending.linked_in is not None
        return Expected(
            request_id=None if pending is None else pending.request_id,
            allow_unsolicited=configuration.allows_idp_initiated,
            signed_response=configuration.requires_signed_response,
            signed_assertion=configuration.requires_signed_assertion,
            encrypted=configuration.requires_encryption,
            authentication_contexts=frozenset(configuration.authentication_contexts),
            authenticated_since=begun if configuration.force_authn or links else None,
        )

    def document(self) -> str:
        """What was verified, else what was posted, if it is small."""
        mapped = mapping_of(self.provider).attribute_names
        if self._assertion is not None:
            return redaction.of_assertion(self._assertion.document, mapped)
        if self._incoming is None or self._is_large():
            return ""
        return redaction.of_response(self._incoming.root, mapped)

    def next_page(self) -> str:
        """As it was kept with the request; of an unsolicited response, its RelayState."""
        if self.pending is not None:
            return self.pending.relay_state
        return "" if self._incoming is None else self._incoming.relay_state

    def begin_session(self, user: User) -> None:
        """With what the identity provider calls it."""
        assert self._assertion is not None  # noqa: S101  # it was verified
        begin_session(self.request, user, self._row, issued_at=self._assertion.issued_at)


def consume(request: HttpRequest, slug: str) -> HttpResponse:
    """Sign in whom the identity provider has signed on, or say that it was refused."""
    return _Response(request, slug).handle()
