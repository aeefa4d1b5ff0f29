"""What a protocol of sign-on must say for itself; all else SAML and OpenID Connect do alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.http import Http404

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from iac_platform.common.permissions import Permission
    from sso.federation.browsers import BrowserCookie
    from sso.federation.errors import MessageRefused
    from sso.provisioning.external import Provider


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why a browser is sent to an identity provider: to sign on, unless a session is given.

    Attributes:
        next_page: where the person goes after a sign-on, on this host.
        tested_in: the session of an admin who tests the configuration.
        linked_in: the session whose user links an identity to themselves.
    """

    next_page: str = ""
    tested_in: UUID | None = None
    linked_in: UUID | None = None

    @property
    def is_sign_on(self) -> bool:
        """Whether the response may sign somebody in."""
        return self.tested_in is None and self.linked_in is None


class SignOnProtocol(ABC):
    """One protocol. Configurations are its own model's.

    Attributes:
        cookie: ties what comes back to the browser.
        login_attempts: what sign-ons that begin are counted as.
        max_next_page: how long the address of a page may be that is kept for later.
        update_permission: to change, and so to test, a configuration.
    """

    cookie: ClassVar[BrowserCookie]
    login_attempts: ClassVar[str]
    max_next_page: ClassVar[int]
    update_permission: ClassVar[Permission]

    @abstractmethod
    def enabled_configuration(self, slug: str) -> Any | None:
        """The configuration by which people can sign on."""

    @abstractmethod
    def configuration_under_test(self, slug: str) -> Any | None:
        """The configuration that an admin tests right now, enabled or not."""

    @abstractmethod
    def provider_of(self, configuration: Any) -> Provider:
        """The identity provider as provisioning knows it."""

    @abstractmethod
    def unsolicited(self, reason: str) -> MessageRefused:
        """The refusal of a response that nothing here waits for."""

    @abstractmethod
    def lock_unchanged(self, configuration: Any) -> None:
        """Lock the configuration; refuse if it is not what the response was verified by."""

    @abstractmethod
    def send(
        self, request: HttpRequest, configuration: Any, secret: str, purpose: Purpose
    ) -> HttpResponse:
        """Send the browser with a new request, which is kept under the secret of its cookie."""

    def configuration_or_404(self, slug: str) -> Any:
        """The configuration by which people can sign on.

        Raises:
            Http404: there is none, or it is disabled; which of them is not revealed.
        """
        configuration = self.enabled_configuration(slug)
        if configuration is None:
            raise Http404
        return configuration

    def start(self, request: HttpRequest, configuration: Any, purpose: Purpose) -> HttpResponse:
        """Send the browser, with the cookie by which its response is known."""
        secret = self.cookie.secret_for(request)
        response = self.send(request, configuration, secret, purpose)
        self.cookie.give(response, secret)
        return response
