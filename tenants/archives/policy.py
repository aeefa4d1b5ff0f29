"""What never leaves an installation in an archive, and what does so on request only.

The tables are those of other apps, so ``settings.TENANT_ARCHIVES`` names them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import ForeignKey
from psycopg import sql

from tenants.contents import UnknownContents
from tenants.ownership import is_tenant_owned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenants.contents import OwnedTable

CONTENT_TYPES = "django_content_type"
_OUTSIDE = """
    SELECT c.relname, a.attname, target.relname
      FROM pg_constraint k
      JOIN pg_class c ON c.oid = k.conrelid
      JOIN pg_class target ON target.oid = k.confrelid
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
     WHERE k.contype = 'f' AND c.relnamespace = to_regnamespace(%s)
       AND target.relnamespace <> c.relnamespace
"""


def exported(tables: Sequence[OwnedTable], *, credentials: bool) -> list[OwnedTable]:
    """The tables that an archive holds."""
    left_out = set(settings.TENANT_ARCHIVES["never"])
    if not credentials:
        left_out |= set(settings.TENANT_ARCHIVES["credentials"])
    return [table for table in tables if table.name not in left_out]


def imported(name: str, *, new_ids: bool) -> bool:
    """Whether a table of an archive is read; tokens name the tenant that issued them."""
    return not (new_ids and name in settings.TENANT_ARCHIVES["bound_to_id"])


def replaced_columns(table: str, *, credentials: bool) -> dict[str, str]:
    """The text that stands in an archive instead of a column's, by column."""
    if credentials:
        return {}
    replaced: Any = settings.TENANT_ARCHIVES["replaced"]
    texts: dict[str, str] = replaced.get(table, {})
    return texts


def content_type_columns(schema: str) -> set[tuple[str, str]]:
    """The columns that hold a number of this installation's content types, with their tables.

    Raises:
        UnknownContents: a table refers to another shared table; its keys mean nothing elsewhere.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OUTSIDE, [schema])
        found = set(cursor.fetchall())
    for table, column, target in found:
        if target != CONTENT_TYPES:
            raise UnknownContents(f"{table}.{column} refers to {target}, which stays behind.")
    # Read off the models: no key of a placement leads there any more (decision 16).
    return {
        (model._meta.db_table, str(field.column))
        for model in apps.get_models(include_auto_created=True)
        if is_tenant_owned(model._meta.app_label)
        for field in model._meta.local_fields
        if isinstance(field, ForeignKey) and field.related_model is ContentType
    }


def content_types() -> dict[str, str]:
    """``app.model`` by number, as text."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("SELECT id::text, app_label || '.' || model FROM public.{}").format(
                sql.Identifier(CONTENT_TYPES)
            )
        )
        return dict(cursor.fetchall())
