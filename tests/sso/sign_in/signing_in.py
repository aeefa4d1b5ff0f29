"""Signing in, and what the log says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rbac.models import AuditEntry
from tenants.context import tenant_scope

if TYPE_CHECKING:
    from django.test import Client

    from tenants.models import Tenant


PASSWORD = "tangerine-orbit-42"
NEW = "another-long-secret"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PAGES = (
    "/account/",
    "/account/password/",
    "/account/permissions/",
    "/account/sessions/",
    "/account/tokens/",
    "/account/tokens/new/",
)


def sign_in(client: Client, username: str, password: str = PASSWORD, **extra: Any) -> Any:
    return client.post("/login/", {"username": username, "password": password}, **extra)


def actions(tenant: Tenant, **by: Any) -> list[str]:
    with tenant_scope(tenant):
        found = AuditEntry.objects.filter(**by).order_by("created_at")
        return list(found.values_list("action", flat=True))


def entry(tenant: Tenant, action: str) -> AuditEntry:
    with tenant_scope(tenant):
        return AuditEntry.objects.get(action=action)
