"""Removing what has expired, of all tenants. Runs as the owner, who sees all rows.

Sessions, and the rows of every other model that names its ``expiry_column``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from tenants.database.roles import as_owner
from tenants.models import Placement, PlacementStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.utils import CursorWrapper

_LONGEST_WAIT = "2s"
_log = structlog.get_logger("sso.sign_in")


def clear_expired() -> int:
    """Remove the expired rows of every placement; how many there were.

    Each placement is a transaction of its own. One that cannot be cleared now, perhaps because
    it is being migrated or dropped, is logged and holds up no other.
    """
    with as_owner():
        ready = Placement.objects.filter(status=PlacementStatus.READY)
        schemas = list(ready.order_by("pk").values_list("schema_name", flat=True))
        return sum(_clear_if_possible(schema) for schema in schemas)


def _clear_if_possible(schema: str) -> int:
    try:
        return _clear(schema)
    except DatabaseError as error:
        _log.warning("expired_rows_left", schema=schema, error=str(error))
        return 0


def _clear(schema: str) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_LONGEST_WAIT}'")
        return sum(_clear_table(cursor, schema, model) for model in _expiring())


def _clear_table(cursor: CursorWrapper, schema: str, model: Any) -> int:
    """Remove a table's expired rows, after what goes with them: PostgreSQL would refuse it else."""
    table, column = f"{schema}.{model._meta.db_table}", model.expiry_column
    for reference in model._meta.related_objects:
        child = reference.field
        cursor.execute(
            f"DELETE FROM {schema}.{child.model._meta.db_table} c USING {table} p WHERE "  # noqa: S608  # names of a placement and of models
            f"c.tenant_id = p.tenant_id AND c.{child.column} = p.id AND p.{column} < now()"
        )
    cursor.execute(f"DELETE FROM {table} WHERE {column} < now()")  # noqa: S608  # likewise
    return int(cursor.rowcount)


def _expiring() -> Iterator[Any]:
    return (model for model in apps.get_models() if getattr(model, "expiry_column", ""))
