"""Making one placement: copied from the template, or migrated where that cannot be."""

from __future__ import annotations

import secrets
import traceback
from typing import TYPE_CHECKING

import structlog
from django.core.management import call_command
from django.db import DatabaseError, connection

from tenants.database.roles import APP_ROLE
from tenants.isolation.fingerprint import record_migrated
from tenants.models import Placement, PlacementKind, PlacementStatus
from tenants.provisioning import template
from tenants.provisioning.catalog import CannotCopy

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger(__name__)

_DUPLICATE_SCHEMA = "42P06"


def dedicated_placement(slug: str) -> Placement:
    """A placement for one enterprise tenant, pending until the provisioner makes it."""
    # The suffix keeps the name free after a tenant of the same slug is gone.
    name = f"t_{slug.replace('-', '_')[:35]}_{secrets.token_hex(4)}"
    return Placement.objects.create(schema_name=name, kind=PlacementKind.DEDICATED)


def make_placement(
    placement: Placement, progress: Callable[[str], None] = lambda _line: None
) -> bool:
    """Make a placement's schema and mark it as ready; False when it failed.

    Idempotent: a schema that a killed process left half made is migrated to the end. What
    failed is marked with its reason and holds up nobody else.
    """
    progress(f"placement {placement.schema_name}: creating schema")
    try:
        _make(placement)
    except Exception as error:
        log.exception("placement_failed", schema=placement.schema_name)
        reason = "".join(traceback.format_exception_only(error)).strip()
        Placement.objects.filter(pk=placement.pk).update(
            status=PlacementStatus.FAILED, failure=reason
        )
        progress(f"placement {placement.schema_name}: failed: {reason}")
        return False
    progress(f"placement {placement.schema_name}: ready")
    return True


def _make(placement: Placement) -> None:
    if placement.kind == PlacementKind.TEMPLATE:
        _migrate(placement)
        return
    try:
        _copy_template(placement.schema_name)
    except (template.NoTemplate, CannotCopy) as reason:
        log.warning("placement_migrated", schema=placement.schema_name, reason=str(reason))
        _migrate(placement)
    except DatabaseError as error:
        if _sqlstate(error) != _DUPLICATE_SCHEMA:
            raise
        _migrate(placement)


def _copy_template(schema: str) -> None:
    """One message to the database; a template that was migrated meanwhile is read again."""
    try:
        _send(template.script().for_schema(schema))
    except DatabaseError as error:
        if _sqlstate(error) == template.NOT_PENDING:
            return
        if _sqlstate(error) != template.TEMPLATE_CHANGED:
            raise
        template.forget()
        _send(template.script().for_schema(schema))


def _send(script: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(script)


def _migrate(placement: Placement) -> None:
    schema = placement.schema_name
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        cursor.execute(f"GRANT USAGE ON SCHEMA {schema} TO {APP_ROLE}")
    try:
        call_command(
            "migrate_schemas", schema_name=schema, tenant=True, interactive=False, verbosity=0
        )
    finally:
        # Whatever stopped it, the next statements are about the shared tables.
        connection.set_schema_to_public()  # type: ignore[attr-defined]  # our backend's
    record_migrated(schema)
    Placement.objects.filter(pk=placement.pk).update(status=PlacementStatus.READY, failure="")


def _sqlstate(error: DatabaseError) -> str | None:
    return getattr(error.__cause__, "sqlstate", None)
