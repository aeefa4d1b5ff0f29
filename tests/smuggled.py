"""What an attacker adds to a valid request, hoping that something behind it takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

    from tenants.models import Tenant

MARK = "smuggled"
MOMENT = "2001-02-03T04:05:06Z"
_WHOSE = (
    "tenant",
    "tenant_id",
    "tenant_slug",
    "placement",
    "placement_id",
    "schema",
    "schema_name",
    "owner",
    "owner_id",
    "user",
    "user_id",
    "created_by",
    "created_by_id",
    "granted_by",
    "actor",
    "actor_id",
    "requested_by",
    "id",
    "pk",
    "uuid",
    "project_id",
    "blueprint_id",
    "team",
    "team_id",
    # As query builders and other frameworks write them.
    "tenant.id",
    "tenant[id]",
    "tenant__id",
    "user__is_superuser",
    "__class__",
    "$set",
    "Tenant_ID",
)
_RIGHTS: dict[str, Any] = {
    "is_staff": True,
    "is_superuser": True,
    "is_admin": True,
    "is_active": True,
    "is_platform": True,
    "is_support": True,
    "is_primary": True,
    "operator_only": False,
    "role": "admin",
    "roles": ["admin"],
    "role_keys": ["admin"],
    "role_grants": ["admin"],
    "groups": ["admin"],
    "permissions": {"tenant.delete": "global"},
    "user_permissions": ["tenant.delete"],
    "effective_permissions": {"tenant.delete": "global"},
    "scope": "global",
    "kind": "support",
    "status": "active",
    "tier": "enterprise",
    "plan": "default",
    "quota_overrides": {},
    "overrides": {},
    "limits": {},
    "password": "tangerine-orbit-43",
    "password_hash": MARK,
    "digest": MARK,
    "token": MARK,
    "prefix": MARK,
    "challenge": MARK,
    "verified_at": MOMENT,
    "checked_at": MOMENT,
    "revoked_at": MOMENT,
    "expires_at": MOMENT,
    "last_login": MOMENT,
    "created_at": MOMENT,
    "updated_at": MOMENT,
    "deletion_due_at": MOMENT,
    "revision": 1,
    "number": 7,
    "latest_number": 7,
    "content_hash": MARK,
    "name_key": MARK,
    "moving_to": None,
    "actor_is": "system",
    "as_user": "admin",
    "force": True,
    "sudo": True,
}
NAMES = frozenset(_WHOSE) | _RIGHTS.keys()


def smuggled(victim: Tenant, *, besides: Collection[str] = ()) -> dict[str, Any]:
    """Members that nobody declared, by name: whose the object is, and what it may do.

    Args:
        victim: the other tenant, whose id is given where one is asked for.
        besides: what is declared after all, and so is left out.
    """
    members = {**dict.fromkeys(_WHOSE, str(victim.pk)), **_RIGHTS}
    return {name: value for name, value in members.items() if name not in besides}
