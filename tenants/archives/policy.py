"""What never leaves an installation in an archive, and what does so on request only.

Each model says it (``TenantModel.archive``). Where one does not, nothing is exported at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.checks import Error
from django.db import connection
from django.db.models import ForeignKey
from psycopg import sql

from iac_platform.common.hooks import Hooks
from tenants.contents import UnknownContents
from tenants.models import ArchivePolicy
from tenants.ownership import is_tenant_owned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import Model

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


# Of models of third parties, which cannot say it themselves, by their label in lower case.
THIRD_PARTY_POLICIES: Hooks[ArchivePolicy] = Hooks("archive policy of a third party's model")


def policies() -> dict[str, ArchivePolicy | None]:
    """The policy of each tenant-owned table, by its name; None of one whose model says nothing."""
    return {
        model._meta.db_table: _declared(model)
        for model in apps.get_models(include_auto_created=True)
        if is_tenant_owned(model._meta.app_label)
    }


def _declared(model: type[Model]) -> ArchivePolicy | None:
    policy = getattr(model, "archive", THIRD_PARTY_POLICIES.get(model._meta.label_lower))
    return policy if isinstance(policy, ArchivePolicy) else None


def exported(tables: Sequence[OwnedTable], *, credentials: bool) -> list[OwnedTable]:
    """The tables that an archive holds.

    Raises:
        UnknownContents: nothing says whether one may be exported.
    """
    known = policies()
    return [t for t in tables if _policy(t.name, known).holds(credentials=credentials)]


def imported(name: str, *, new_ids: bool) -> bool:
    """Whether a table of an archive is read; tokens name the tenant that issued them."""
    return not (new_ids and _policy(name, policies()).bound_to_tenant_id)


def replaced_columns(table: str, *, credentials: bool) -> Mapping[str, str]:
    """The text that stands in an archive instead of a column's, by column."""
    return {} if credentials else _policy(table, policies()).replaced


def _policy(table: str, known: Mapping[str, ArchivePolicy | None]) -> ArchivePolicy:
    policy = known.get(table)
    if policy is None:
        raise UnknownContents(f"No model says whether archives may hold the table {table}.")
    return policy


def every_model_says_what_archives_hold(**_: Any) -> list[Error]:
    """``manage.py check``: no tenant-owned model leaves open whether its rows are exported."""
    return [
        Error(
            f"The model of the table {table} does not say what archives of tenants hold of it.",
            hint="Set its `archive`: EXPORTED, NEVER_EXPORTED or an ArchivePolicy of its own.",
            id="tenants.E001",
        )
        for table, policy in policies().items()
        if policy is None
    ]


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
