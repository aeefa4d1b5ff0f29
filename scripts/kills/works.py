"""The kinds of work that are killed: how each is given, and what must be true at its end."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from blueprints.catalog.models import Project
from iac_platform.common.audit import SystemActor
from rbac.models import Role
from rbac.services.users import create_user
from tenants.contents import count_rows, owned_tables
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.isolation import catalog, fingerprint
from tenants.lifecycle.services import request_deletion
from tenants.models import PLATFORM_TENANT_ID, Placement, Tenant, TenantStatus, Tier
from tenants.moves.services import request_move
from tenants.operations.upkeep import drain_queue
from tenants.tenants.services import create_tenant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from uuid import UUID

ACTOR = SystemActor("scripts/bench_kills.py")
TENANTS = 4
PLACEMENTS = 12


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work.

    Attributes:
        prepare: gives the work; what must be true when it is done.
        command: what does it.
        amiss: what is not so, given what ``prepare`` returned.
    """

    prepare: Callable[[], Any]
    command: tuple[str, ...]
    amiss: Callable[[Any], list[str]]


def works(rows: int) -> dict[str, Work]:
    """All kinds; tenants that are moved or deleted have about so many rows."""
    provisioner = ("run_provisioner", "--once")
    return {
        "provisioning": Work(_ask_for_tenants, provisioner, _tenants_amiss),
        "moves": Work(lambda: _ask_for_move(rows), provisioner, _move_amiss),
        "deletions": Work(lambda: _ask_for_deletion(rows), provisioner, _deletion_amiss),
        "migrations": Work(_take_migration_back, ("migrate_schemas",), _migration_amiss),
    }


# --- Provisioning -------------------------------------------------------------------
def _ask_for_tenants() -> list[Tenant]:
    return [_create(Tier.ENTERPRISE) for _ in range(TENANTS)]


def _tenants_amiss(made: list[Tenant]) -> list[str]:
    amiss = _catalogs_amiss()
    with tenant_scope(_platform()):
        system_roles = Role.objects.exclude(key="operator").count()
    for tenant in map(_fresh, made):
        with tenant_scope(tenant):
            roles = Role.objects.count()
        if (tenant.status, roles) != (TenantStatus.ACTIVE, system_roles):
            amiss.append(f"{tenant.slug} is {tenant.status} with {roles} roles")
    return amiss


# --- Moves --------------------------------------------------------------------------
def _ask_for_move(rows: int) -> tuple[Tenant, Tier, dict[str, int]]:
    tenant = _furnished(rows)
    target = Tier.ENTERPRISE if tenant.tier == Tier.STANDARD else Tier.STANDARD
    with tenant_scope(_platform()):
        request_move(tenant, tier=target, actor=ACTOR)
    return tenant, target, _rows(tenant)


def _move_amiss(truth: tuple[Tenant, Tier, dict[str, int]]) -> list[str]:
    tenant, target, rows = truth
    now, amiss = _fresh(tenant), _catalogs_amiss()
    if (now.tier, now.moving_to_id) != (target, None):
        amiss.append(f"{now.slug} is {now.tier}, moving to {now.moving_to_id}")
    if (found := _rows(now)) != rows:
        amiss.append(f"{now.slug} has {found} instead of {rows}")
    return [*amiss, *_strays(now.pk, _schemas() - {now.schema_name})]


# --- Deletions ----------------------------------------------------------------------
def _ask_for_deletion(rows: int) -> Tenant:
    tenant = _furnished(rows)
    with tenant_scope(_platform()):
        request_deletion(tenant, actor=ACTOR, reason="for the benchmark")
    with as_owner():
        Tenant.objects.filter(pk=tenant.pk).update(deletion_due_at=timezone.now())
    return tenant


def _deletion_amiss(tenant: Tenant) -> list[str]:
    left = [f"{tenant.slug} is there"] if Tenant.objects.filter(pk=tenant.pk).exists() else []
    return [*_catalogs_amiss(), *_strays(tenant.pk, _schemas()), *left]


# --- Migrations ---------------------------------------------------------------------
def _take_migration_back() -> None:
    """Unapply an app's last migration everywhere, so that every placement lacks it."""
    while len(_schemas()) < PLACEMENTS:
        _create(Tier.ENTERPRISE)
        drain_queue()
    *_, before, _ = sorted(name for app, name in fingerprint.applied("platform") if app == "rbac")
    call_command("migrate_schemas", "rbac", before, tenant=True, interactive=False, verbosity=0)


def _migration_amiss(_truth: None) -> list[str]:
    with as_owner():
        return [*_catalogs_amiss(), *(f"{schema} is behind" for schema in fingerprint.behind())]


# --- What all share -----------------------------------------------------------------
def _platform() -> Tenant:
    return Tenant.objects.select_related("placement").get(pk=PLATFORM_TENANT_ID)


def _fresh(tenant: Tenant) -> Tenant:
    return Tenant.objects.select_related("placement").get(pk=tenant.pk)


def _create(tier: Tier) -> Tenant:
    slug = f"k-{secrets.token_hex(6)}"
    with tenant_scope(_platform()):
        return create_tenant(slug=slug, name=slug, tier=tier, actor=ACTOR)


def _furnished(rows: int) -> Tenant:
    """A tenant of either tier in turn, with so many rows."""
    made = _create(Tier(secrets.choice(Tier.values)))
    drain_queue()
    tenant = _fresh(made)
    with tenant_scope(tenant):
        owner = create_user(username="owner", actor=ACTOR)
        Project.objects.bulk_create(
            (Project(name=f"Project {number}", created_by=owner) for number in range(rows)),
            batch_size=2_000,
        )
    return tenant


def _catalogs_amiss() -> list[str]:
    with as_owner():
        return [str(finding) for finding in catalog.check()]


def _schemas() -> set[str]:
    return set(Placement.objects.values_list("schema_name", flat=True))


def _rows(tenant: Tenant) -> dict[str, int]:
    """How many rows a tenant has in each table, counted past row-level security."""
    with as_owner():
        return count_rows(tenant.schema_name, owned_tables(tenant.schema_name), tenant.pk)


def _strays(tenant_id: UUID, schemas: Iterable[str]) -> list[str]:
    """Rows of a tenant where none may be, and schemas that no placement knows."""
    with as_owner(), connection.cursor() as cursor:
        found = {
            schema: sum(count_rows(schema, owned_tables(schema), tenant_id).values())
            for schema in schemas
        }
        cursor.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' "
            "AND nspname NOT IN ('public', 'information_schema')"
        )
        unknown = {name for (name,) in cursor.fetchall()} - _schemas()
    return [
        *(f"{rows} rows of {tenant_id} in {schema}" for schema, rows in found.items() if rows),
        *(f"nobody knows the schema {schema}" for schema in unknown),
    ]
