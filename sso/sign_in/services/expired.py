"""Removing expired sessions of all tenants. Runs as the owner, who sees all rows."""

from __future__ import annotations

import structlog
from django.db import DatabaseError, connection, transaction

from sso.sign_in.models import Session
from tenants.database.roles import as_owner
from tenants.models import Placement, PlacementStatus

_LONGEST_WAIT = "2s"
_TABLE = Session._meta.db_table
_log = structlog.get_logger("sso.sign_in")


def clear_expired() -> int:
    """Remove the expired sessions of every placement; how many there were.

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
        _log.warning("expired_sessions_left", schema=schema, error=str(error))
        return 0


def _clear(schema: str) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_LONGEST_WAIT}'")
        cursor.execute(f"DELETE FROM {schema}.{_TABLE} WHERE expires_at < now()")  # noqa: S608  # names of a placement and a model
        return int(cursor.rowcount)
