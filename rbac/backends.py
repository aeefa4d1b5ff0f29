"""Signing in with a password; the operator's staff with the secret of their access."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.core.exceptions import PermissionDenied

from rbac import tokens
from rbac.models import User
from rbac.selectors import token_by_digest, user_by_id
from rbac.services.support import note_use
from rbac.sign_in import may_try
from tenants.context import current_tenant_or_none

if TYPE_CHECKING:
    from django.http import HttpRequest


class TenantBackend(BaseBackend):
    """Finds users in the current tenant only; without a tenant there is nobody."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_: Any,
    ) -> User | None:
        """The active user of this name and password.

        Raises:
            PermissionDenied: the name was tried too often; Django then asks nobody else.
        """
        if not username or password is None or current_tenant_or_none() is None:
            return None
        if request is not None and not may_try(username, request):
            raise PermissionDenied
        user = User.objects.named(username).first()
        if user is None:
            # Hash anyway, so that the time taken does not tell which names exist.
            User().set_password(password)
            return None
        if user.is_support:
            return _shows_secret(user, password)
        welcome = user.is_active and not user.is_service
        return user if user.check_password(password) and welcome else None

    def get_user(self, user_id: str | UUID) -> User | None:
        """The user of a session, while they are active."""
        if current_tenant_or_none() is None:
            return None
        user = user_by_id(UUID(str(user_id)))
        if user is None or user.is_service:
            return None
        note_use(user)
        return user


def _shows_secret(user: User, secret: str) -> User | None:
    """The operator's staff have no password: they show what they were given once."""
    parsed = tokens.parse(secret)
    token = token_by_digest(parsed.digest) if parsed else None
    return token.user if token is not None and token.user_id == user.pk else None
