"""Tenants that exist for one test and leave nothing behind.

Tests that commit cannot be rolled back, and the application role may not TRUNCATE;
so each takes tenants of its own, and the owner removes them afterwards.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Self

from django.db import connection, transaction

from iac_platform.common.audit import SystemActor
from rbac.models import AuditEntry
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import (
    PLATFORM_TENANT_ID,
    Domain,
    Operation,
    Placement,
    PlacementKind,
    Tenant,
    Tier,
)
from tenants.operations.upkeep import provision_pending
from tenants.tenants.services import create_tenant

if TYPE_CHECKING:
    from types import TracebackType

ACTOR = SystemActor("tests")

_TABLES_WITH_TENANTS = """
    SELECT c.relname FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r'
"""


def platform() -> Tenant:
    """The operator's own tenant."""
    return Tenant.objects.select_related("placement").get(id=PLATFORM_TENANT_ID)


def make_tenant(slug: str, tier: str) -> Tenant:
    """Create and provision a tenant, as the owner, and commit it."""
    with as_owner():
        with tenant_scope(platform()):
            tenant = create_tenant(slug=slug, name=slug.title(), tier=tier, actor=ACTOR)
        provision_pending()
    return Tenant.objects.select_related("placement").get(pk=tenant.pk)


def remove_tenant(tenant: Tenant) -> None:
    """Remove what is left of a tenant, with all its rows or its schema, as the owner."""
    with as_owner(), transaction.atomic():
        # It may have moved since, or be gone but for the records of the operator.
        tenant = Tenant.objects.select_related("placement").filter(pk=tenant.pk).first() or tenant
        if tenant.placement.kind == PlacementKind.DEDICATED:
            _drop_schema(tenant.schema_name)
        else:
            _delete_rows(tenant)
        with tenant_scope(platform()):
            AuditEntry.objects.filter(subject_id=str(tenant.pk)).delete()
        Operation.objects.filter(tenant_id=tenant.pk).delete()
        Domain.objects.filter(tenant_id=tenant.pk).delete()
        Tenant.objects.filter(pk=tenant.pk).delete()
        if tenant.placement.kind == PlacementKind.DEDICATED:
            Placement.objects.filter(pk=tenant.placement_id).delete()


def _drop_schema(schema: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def _delete_rows(tenant: Tenant) -> None:
    """Foreign keys are checked at commit, so the order of the tables does not matter."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES_WITH_TENANTS, [tenant.schema_name])
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'DELETE FROM {tenant.schema_name}."{table}" WHERE tenant_id = %s',  # noqa: S608  # names from the catalog
                [tenant.pk],
            )


class ThrowawayTenants:
    """Makes tenants on demand and removes them all at the end of the block."""

    def __init__(self) -> None:
        self.made: list[Tenant] = []

    def __call__(self, tier: str = Tier.STANDARD) -> Tenant:
        """A new, active tenant that no other test knows."""
        tenant = make_tenant(f"tmp-{secrets.token_hex(4)}", tier)
        self.made.append(tenant)
        return tenant

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove what was made."""
        while self.made:
            remove_tenant(self.made.pop())
