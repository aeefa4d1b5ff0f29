"""Who is admitted to what is about themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.permissions import BasePermission

if TYPE_CHECKING:
    from rest_framework.request import Request


class SignedIn(BasePermission):
    """Admits everybody who is signed in: what follows is about themselves."""

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002  # DRF's signature
        """Whether somebody is."""
        return bool(request.user.is_authenticated)
