"""Reading something of all tenants: only the owner sees them, one placement after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import structlog
from django.db import DatabaseError

from tenants.context import no_tenant_scope
from tenants.database.roles import as_owner
from tenants.models import Placement, PlacementStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tenants.database.base import DatabaseWrapper

T = TypeVar("T")
_log = structlog.get_logger("tenants.fleet")


def read_everywhere(read: Callable[[], Iterable[T]]) -> list[T]:
    """What a function reads in every placement that is ready, put together.

    Its querysets show the rows of all tenants of the placement. One that cannot be read now,
    perhaps because it is being migrated or dropped, is logged and holds up no other.
    """
    with no_tenant_scope(), as_owner() as owner:
        ready = Placement.objects.filter(status=PlacementStatus.READY).order_by("pk")
        schemas = list(ready.values_list("schema_name", flat=True))
        return [each for schema in schemas for each in _read_in(owner, schema, read)]


def _read_in(owner: DatabaseWrapper, schema: str, read: Callable[[], Iterable[T]]) -> list[T]:
    owner.set_schema(schema)
    try:
        return list(read())
    except DatabaseError as error:
        _log.warning("placement_not_read", schema=schema, error=str(error))
        return []
    finally:
        owner.set_schema_to_public()
