"""Reading users with the roles they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from rbac.models import ApiToken, SupportAccess, User, UserKind, UserRole

if TYPE_CHECKING:
    from uuid import UUID

_ROLE_KEYS = "held_role_keys"


def _keys_of(user_id: str) -> ArraySubquery:
    grants = UserRole.objects.filter(user_id=OuterRef(user_id))
    return ArraySubquery(grants.values("role__key"))


def _is_welcome(user_id: str, kind: str) -> Q:
    """One of the tenant's people, or the operator's staff while their access lasts."""
    access = SupportAccess.objects.live().filter(user_id=OuterRef(user_id))
    return Q(**{kind: UserKind.PERSON}) | Q(Exists(access))


def user_by_id(user_id: UUID) -> User | None:
    """An active user of the current tenant with their roles, in one query."""
    user = User.objects.filter(_is_welcome("pk", "kind"), pk=user_id, is_active=True).annotate(
        held_role_keys=_keys_of("pk")
    )
    return _with_roles(user.first())


def token_by_digest(digest: str) -> ApiToken | None:
    """A live token with its active user and their roles, in one query."""
    token = (
        ApiToken.objects.select_related("user")
        .filter(_is_welcome("user_id", "user__kind"))
        .filter(digest=digest, revoked_at__isnull=True, user__is_active=True)
        .annotate(held_role_keys=_keys_of("user_id"))
        .first()
    )
    if token is None or (token.expires_at is not None and token.expires_at <= timezone.now()):
        return None
    token.user.role_keys = frozenset(getattr(token, _ROLE_KEYS))
    return token


def _with_roles(user: User | None) -> User | None:
    if user is not None:
        user.role_keys = frozenset(getattr(user, _ROLE_KEYS))
    return user
