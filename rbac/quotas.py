"""Quotas of what this app owns."""

from __future__ import annotations

from rbac.models import User, UserKind
from tenants.quotas.registry import Kind, declare


def _active_users() -> int:
    active: int = User.objects.filter(is_active=True, kind=UserKind.PERSON).count()
    return active


# The operator's staff take no place, nor does who is deactivated, as nobody is ever deleted;
# coming back takes one again.
USERS = declare(
    "users", "Active users", unit="users", kind=Kind.ROWS, default=500, count=_active_users
)
