"""What an attacker adds to a valid request, hoping that something behind it takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

    from tenants.models import Tenant

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
    "password_hash": "!",
    "digest": "0",
    "token": "0",
    "prefix": "iac",
    "challenge": "0",
    "verified_at": "2026-01-01T00:00:00Z",
    "checked_at": "2026-01-01T00:00:00Z",
    "revoked_at": None,
    "expires_at": "2100-01-01T00:00:00Z",
    "last_login": "2026-01-01T00:00:00Z",
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00Z",
    "deletion_due_at": "2100-01-01T00:00:00Z",
    "revision": 1,
    "number": 7,
    "latest_number": 7,
    "content_hash": "0",
    "name_key": "x",
    "moving_to": None,
    "actor_is": "system",
    "as_user": "admin",
    "force": True,
    "sudo": True,
}


def smuggled(victim: Tenant, *, besides: Collection[str] = ()) -> dict[str, Any]:
    """Members that nobody declared, by name: whose the object is, and what it may do.

    Args:
        victim: the other tenant, whose id is given where one is asked for.
        besides: what is declared after all, and so is left out.
    """
    members = {**dict.fromkeys(_WHOSE, str(victim.pk)), **_RIGHTS}
    return {name: value for name, value in members.items() if name not in besides}
