"""What signing in with a password asks of the app that keeps second factors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from iac_platform.common.hooks import Hook

if TYPE_CHECKING:
    from django.http import HttpRequest

    from rbac.models import User


class SecondFactors(Protocol):
    """People's second factors."""

    def has_any(self, user: User) -> bool:
        """Whether somebody has set one up."""

    def begin(self, request: HttpRequest, user: User, next_page: str) -> str:
        """Note that a browser has shown somebody's password.

        Returns:
            The page on which the sign-in goes on.
        """

    def confirmation_url(self, user: User) -> str:
        """Where somebody who has signed in shows their second factor; empty without one."""


SECOND_FACTORS: Hook[SecondFactors] = Hook("second factors")
