"""What comes of the response that a browser brings from an identity provider."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse

from iac_platform.common.errors import DomainError
from iac_platform.gateway.client_address import client_address
from rbac.attempts import forget_attempt
from sso.federation.linking import finish_link
from sso.federation.refusals import concluded, refused
from sso.federation.testing import require_tester
from sso.login_events.models import Outcome
from sso.login_events.services import Login, record_login
from sso.provisioning.errors import SignOnRefused
from sso.provisioning.services.dry_run import dry_run
from sso.provisioning.services.sign_on import SignedOn, end_sessions_without_group, sign_on
from sso.sign_in.pages.landing import safe_page, start_of

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from django.http import HttpRequest, HttpResponse

    from rbac.attempts import Attempt
    from rbac.models import User
    from sso.federation.protocols import SignOnProtocol
    from sso.provisioning.external import ExternalIdentity
    from sso.provisioning.services.dry_run import DryRun


class ResponseFlow(ABC):
    """One response on its way through the rules, and how far it came.

    Attributes:
        pending: the request that it answers, once that was found.
        subject: who it is about, once that was verified.
    """

    protocol: ClassVar[SignOnProtocol]

    def __init__(self, request: HttpRequest, slug: str) -> None:
        self.request = request
        self.configuration = self._configuration_or_404(slug)
        self.provider = self.protocol.provider_of(self.configuration)
        self.pending: Any = None
        self.subject = ""
        self._attempt: Attempt

    # What a protocol says for itself.

    @abstractmethod
    def count_attempt(self) -> Attempt:
        """Count it before anything is read, or refuse what nothing here waits for."""

    @abstractmethod
    def turn(self) -> AbstractContextManager[None]:
        """Take a place for the work, where only some may do it at once."""

    @abstractmethod
    def take_request(self) -> Any | None:
        """Read the response as far as needed to find the request of this browser it answers."""

    @abstractmethod
    def verify(self) -> ExternalIdentity:
        """Check the response by every rule."""

    @abstractmethod
    def document(self) -> str:
        """What the login log keeps of what was sent."""

    @abstractmethod
    def next_page(self) -> str:
        """Where the person wants to go after a sign-on."""

    @abstractmethod
    def begin_session(self, user: User) -> None:
        """Sign somebody in."""

    # What all do alike.

    def handle(self) -> HttpResponse:
        """Sign in whom the identity provider has signed on, or say that it was refused."""
        try:
            # Before anything is decoded, let alone verified.
            self._attempt = self.count_attempt()
        except DomainError as refusal:
            return self._error_page(refusal)
        try:
            with self.turn():
                redirect_to = self._process()
        except DomainError as refusal:
            return self._refuse(refusal)
        self._attempt.succeed()
        if self.pending is not None:
            forget_attempt(self.protocol.login_attempts, self.request)
        return HttpResponseRedirect(redirect_to)

    @property
    def _is_test(self) -> bool:
        return self.pending is not None and self.pending.tested_in is not None

    def _configuration_or_404(self, slug: str) -> Any:
        protocol = self.protocol
        found = protocol.enabled_configuration(slug) or protocol.configuration_under_test(slug)
        if found is None:
            raise Http404
        return found

    def _process(self) -> str:
        """Find the request, and do what it was for. Returns where to redirect."""
        self.pending = self.take_request()
        if self._is_test:
            require_tester(self.protocol, self.configuration, self.pending.tested_in)
            return self._record_test(dry_run(self.verify()))
        if not self.configuration.is_enabled:
            raise self.protocol.unsolicited("The configuration is disabled, and this is no test.")
        external = self.verify()
        if self.pending is not None and self.pending.linked_in is not None:
            return self._link(external)
        return self._sign_in(external)

    def _link(self, external: ExternalIdentity) -> str:
        """Link the verified identity to the user who asked. Returns where to redirect."""
        with transaction.atomic():  # one that is refused in the end links nothing
            user = finish_link(self.protocol, self.configuration, external, self.pending.linked_in)
            self._attempt = self._attempt.at(user.pk)
        self._record(SignedOn(user, ()), Outcome.LINKED)
        return reverse("account-identities")

    def _sign_in(self, external: ExternalIdentity) -> str:
        """Find the user and begin their session. Returns where to redirect."""
        try:
            with transaction.atomic():  # of a sign-on that is refused in the end, no user stays
                signed_on = sign_on(external)
                # Everybody may sign on so often only, by whatever secret (rbac.attempts).
                self._attempt = self._attempt.at(signed_on.user.pk)
                self.begin_session(signed_on.user)
        except SignOnRefused as refusal:
            end_sessions_without_group(external, refusal)
            raise
        self._record(signed_on, Outcome.SIGNED_IN)
        return safe_page(self.request, self.next_page()) or start_of(signed_on.user)

    def _record(self, signed_on: SignedOn, outcome: Outcome) -> None:
        login = Login(
            outcome,
            reason=" ".join(signed_on.withheld),
            subject=self.subject,
            user=signed_on.user,
            document=self.document(),
        )
        record_login(self.provider, login, address=client_address(self.request))

    def _record_test(self, found: DryRun | DomainError) -> str:
        return concluded(
            self.request,
            self.provider,
            found,
            subject=self.subject,
            document=self.document(),
        )

    def _refuse(self, refusal: DomainError) -> HttpResponse:
        """Say that it was refused: to an admin who tests, precisely."""
        if self._is_test:
            return HttpResponseRedirect(self._record_test(refusal))
        return self._error_page(refusal, document=self.document())

    def _error_page(self, refusal: DomainError, document: str = "") -> HttpResponse:
        """Show the error page; 404 where nobody signs on, so that the slug is not revealed."""
        if not self.configuration.is_enabled:
            raise Http404
        return refused(
            self.request,
            self.provider,
            refusal,
            subject=self.subject,
            document=document,
            is_unsolicited=self.pending is None,
        )
