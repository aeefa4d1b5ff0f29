"""Removing a tenant's rows from a placement where it does not live (any more, or yet)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction
from psycopg import sql

from tenants.contents import OWNER_COLUMN, owned_tables
from tenants.models import Placement, PlacementKind, Tenant

if TYPE_CHECKING:
    from uuid import UUID

    from tenants.operations import Report

BATCH = 5000

# The key is on an index together with the owner; ctid saves a join by it.
_DELETE = sql.SQL(
    "DELETE FROM {table} WHERE ctid = ANY (ARRAY("
    "SELECT ctid FROM {table} WHERE {owner} = %s LIMIT %s))"
)


class StillLivesThere(RuntimeError):
    """The rows that were to be erased are the tenant's own; a defect of the caller."""


def erase_from(placement: Placement, tenant_id: UUID, report: Report) -> None:
    """Remove what a placement holds of a tenant that lives elsewhere. Idempotent.

    A dedicated placement goes altogether. Runs as the owner.

    Raises:
        StillLivesThere: the placement holds the tenant, or is dedicated and holds another.
    """
    dedicated = placement.kind == PlacementKind.DEDICATED
    inhabitants = Tenant.objects.filter(placement=placement)
    if (inhabitants if dedicated else inhabitants.filter(pk=tenant_id)).exists():
        raise StillLivesThere(f"{placement} is where {tenant_id} lives.")
    if dedicated:
        _drop(placement, report)
    else:
        _delete_rows(placement.schema_name, tenant_id, report)


def _drop(placement: Placement, report: Report) -> None:
    tables = owned_tables(placement.schema_name)
    report.step(f"dropping {placement}", total=len(tables))
    with connection.cursor() as cursor:
        # One table per transaction: the locks of many would not fit into the lock table.
        for table in reversed(tables):
            name = sql.Identifier(placement.schema_name, table.name)
            cursor.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(name))
            report.advance()
        schema = sql.Identifier(placement.schema_name)
        cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema))
    placement.delete()


def _delete_rows(schema: str, tenant_id: UUID, report: Report) -> None:
    report.step(f"deleting rows from {schema}")
    for table in reversed(owned_tables(schema)):
        statement = _DELETE.format(
            table=sql.Identifier(schema, table.name), owner=sql.Identifier(OWNER_COLUMN)
        )
        deleted = BATCH
        while deleted == BATCH:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement, [tenant_id, BATCH])
                deleted = cursor.rowcount
            report.advance(deleted)
