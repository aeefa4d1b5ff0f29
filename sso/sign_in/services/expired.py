"""Removing expired sessions of all tenants. Runs as the owner, who sees all rows."""

from __future__ import annotations

import structlog
from django.db import DatabaseError, connection, transaction

from sso.sign_in.models import Session
from tenants.database.roles import as_owner
from tenants.models import Placement, PlacementStatus

_LONGEST_WAIT = "2s"
_log = structlog.get_logger("sso.sign_in")

# Where releases before this one kept sessions, under their secrets themselves.
_FORMER_TABLE, _FORMER_COLUMN = "django_session", "expire_date"


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
    removed = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_LONGEST_WAIT}'")
        for table, column in (
            (Session._meta.db_table, "expires_at"),
            (_FORMER_TABLE, _FORMER_COLUMN),
        ):
            name = f"{schema}.{table}"
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
            if cursor.fetchone() == (True,):
                cursor.execute(f"DELETE FROM {name} WHERE {column} < now()")  # noqa: S608  # names of placements and models
                removed += cursor.rowcount
    return removed
