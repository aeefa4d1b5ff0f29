"""Quotas of what this app owns."""

from __future__ import annotations

from rbac.models import User
from tenants.quotas.registry import Kind, declare


def _active_users() -> int:
    active: int = User.objects.filter(is_active=True).count()
    return active


# Who is deactivated takes no place, as nobody is ever deleted; coming back takes one again.
USERS = declare(
    "users", "Active users", unit="users", kind=Kind.ROWS, default=500, count=_active_users
)
