"""People, invitations, teams, roles, grants, tokens, support access and the audit log."""

from iac_platform.admin.site import site
from rbac.admin import (
    audit,
    first_admins,
    grants,
    roles,
    support,
    teams,
    tokens,
    user_invitations,
    users,
)
from rbac.admin.history import history_of, may_read_history

site.object_history = history_of
site.may_read_history = may_read_history

__all__ = [
    "audit",
    "first_admins",
    "grants",
    "roles",
    "support",
    "teams",
    "tokens",
    "user_invitations",
    "users",
]
