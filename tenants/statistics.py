"""What is where, and how much of it. Runs as the owner, who sees all tenants' rows.

Queries are made for chunks of placements, so that their number hardly grows with them,
and none locks more tables at once than a transaction may.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import connection
from django.db.models import Count

from tenants.distribution import sizes_elsewhere
from tenants.isolation.fingerprint import wanted
from tenants.models import Placement, PlacementStatus, Tenant, TenantModel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

CHUNK = 25
_NEVER = datetime.min.replace(tzinfo=UTC)
_SIZES = """
    SELECT n.nspname, count(*), coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint,
           coalesce(array_agg(c.relname::text) FILTER (WHERE c.relname = ANY(%s)), '{}')
    FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind = 'r'
    WHERE n.nspname = ANY(%s) GROUP BY n.nspname
"""


@dataclass(slots=True)
class TenantFigures:
    """One tenant.

    Attributes:
        rows: how many rows it has, by table.
        last_used: when anybody last signed in, or a token was last used; None if never.
    """

    slug: str
    status: str
    tier: str
    plan: str
    placement: str
    rows: dict[str, int] = field(default_factory=dict)
    last_used: datetime | None = None


@dataclass(slots=True)
class PlacementFigures:
    """One placement.

    Attributes:
        tables: how many tables its schema has.
        size: what they take with their indexes and TOAST, in bytes, on whichever node they lie.
        migrations: ``current``, ``behind``, or its status where it is not ready.
        present: which of the counted tables it has.
    """

    schema: str
    kind: str
    tenants: int
    capacity: int
    migrations: str
    tables: int = 0
    size: int = 0
    present: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Figures:
    """All that was counted."""

    placements: list[PlacementFigures]
    tenants: list[TenantFigures]

    def sorted_by(self, order: str) -> Figures:
        """By ``name``; by ``size``, the largest first; or by ``use``, the longest unused first."""
        placements, tenants = list(self.placements), list(self.tenants)
        if order == "size":
            placements.sort(key=lambda each: -each.size)
            tenants.sort(key=lambda each: -sum(each.rows.values()))
        elif order == "use":
            tenants.sort(key=lambda each: each.last_used or _NEVER)
        return Figures(placements, tenants)


def counted_tables() -> list[str]:
    """The tables whose rows are counted, see ``TenantModel.is_counted``."""
    return [model._meta.db_table for model in _owned_models() if model.is_counted]


def _columns_of_use() -> dict[str, str]:
    """The columns that say when a tenant was last used, by table."""
    used = (model for model in _owned_models() if model.last_use_column)
    return {model._meta.db_table: model.last_use_column for model in used}


def _owned_models() -> list[type[TenantModel]]:
    return [model for model in apps.get_models() if issubclass(model, TenantModel)]


def _measured_tables() -> list[str]:
    return list(dict.fromkeys([*counted_tables(), *_columns_of_use()]))


def collect(slug: str | None = None) -> Figures:
    """Count; connect as the owner.

    Args:
        slug: count this tenant and its placement alone.

    Raises:
        Tenant.DoesNotExist: no tenant has the slug.
    """
    tenants = Tenant.objects.select_related("placement").order_by("slug")
    placements = Placement.objects.annotate(filled=Count("tenants")).order_by("schema_name")
    if slug is not None:
        only = tenants.get(slug=slug)
        tenants = tenants.filter(pk=only.pk)
        placements = placements.filter(pk=only.placement_id)
    where = {each.schema_name: _of_placement(each, each.filled) for each in placements}
    who = {each.pk: _of_tenant(each) for each in tenants}
    for chunk in _chunks(list(where)):
        _measure(where, chunk)
        _count([where[schema] for schema in chunk], who, only=slug is not None)
    for schema, size in sizes_elsewhere(where).items():
        where[schema].size = size
    return Figures(list(where.values()), list(who.values()))


def _of_placement(placement: Placement, filled: int) -> PlacementFigures:
    state: str = placement.status
    if state == PlacementStatus.READY:
        state = "current" if placement.migrations == wanted() else "behind"
    return PlacementFigures(
        placement.schema_name, placement.kind, filled, placement.capacity, state
    )


def _of_tenant(tenant: Tenant) -> TenantFigures:
    return TenantFigures(
        tenant.slug, tenant.status, tenant.tier, tenant.plan_id or "", tenant.schema_name
    )


def _chunks(schemas: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(schemas), CHUNK):
        yield schemas[start : start + CHUNK]


def _measure(where: dict[str, PlacementFigures], schemas: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SIZES, [_measured_tables(), list(schemas)])
        for schema, tables, size, present in cursor.fetchall():
            found = where[schema]
            found.tables, found.size, found.present = tables, size, sorted(present)


def _count(
    placements: Sequence[PlacementFigures], who: dict[UUID, TenantFigures], *, only: bool
) -> None:
    """Count the rows by tenant, of all tables of these placements in one query."""
    uses, counted = _columns_of_use(), counted_tables()
    selects = [
        f"SELECT '{table}', tenant_id, count(*), "  # noqa: S608  # names of models and placements
        f"{f'max({uses[table]})' if table in uses else 'NULL::timestamptz'} "
        f"FROM {placement.schema}.{table} {'WHERE tenant_id = ANY(%(ids)s)' if only else ''} "
        "GROUP BY tenant_id"
        for placement in placements
        for table in placement.present
    ]
    if not selects:
        return
    rows: defaultdict[UUID, dict[str, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(selects), {"ids": list(who)} if only else None)
        for table, tenant_id, count, used in cursor.fetchall():
            if tenant_id in who:
                if table in counted:
                    rows[tenant_id][table] = count
                who[tenant_id].last_used = max(
                    filter(None, (used, who[tenant_id].last_used)), default=None
                )
    for tenant_id, counts in rows.items():
        who[tenant_id].rows = {**who[tenant_id].rows, **counts}
