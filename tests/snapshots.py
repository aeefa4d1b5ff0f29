"""What stands in the database, as checksums: what is refused leaves all of it as it was."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import connection

from tenants.context import tenant_scope
from tenants.lifecycle.services import operators_scope
from tenants.models import Domain, Tenant
from tenants.ownership import is_tenant_owned

if TYPE_CHECKING:
    from collections.abc import Iterable

ENTRIES = "audit_entries"
_TEXT_OF_ROWS = "coalesce(md5(string_agg(row::text, '|' ORDER BY row::text)), '')"
# That somebody was refused may be put on record; anything else may not.
_DENIAL = "access.denied"


def fingerprint(tenant: Tenant) -> dict[str, str]:
    """A checksum of each table with rows of the tenant, and of the shared rows about it."""
    with tenant_scope(tenant):
        row = Tenant.objects.filter(pk=tenant.pk).values_list().get()
        domains = Domain.objects.filter(tenant=tenant).order_by("pk").values_list()
        return {**_fetch(_checksums(_owned())), "tenant": str(row), "domains": str(list(domains))}


def snapshot(tenant: Tenant) -> dict[str, str]:
    """A checksum of each table that a request at the tenant's host could change.

    These are the tables of the tenant, those of the operator, and the shared ones with the
    rows of all tenants. It takes two statements however many tables there are.
    """
    with operators_scope():
        operators = _fetch(_checksums((*_shared(), *_owned()), "operator's "))
    with tenant_scope(tenant):
        return {**operators, **_fetch(_checksums(_owned()))}


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """The tables that differ between two snapshots."""
    return {name for name in before | after if before.get(name) != after.get(name)}


def rows(tenant: Tenant) -> set[tuple[str, str]]:
    """The rows behind a snapshot, each with the name of its table; sessions are left out."""
    with operators_scope():
        found = _rows(_shared(), "shared ") | _rows(_owned(), "operator's ")
    with tenant_scope(tenant):
        return found | _rows(_owned(), "")


def _rows(tables: Iterable[str], prefix: str) -> set[tuple[str, str]]:
    statements = [
        f"SELECT '{_quoted(prefix)}{table}', row_to_json(row)::text"  # noqa: S608  # names from the models
        f" FROM {table} AS row{_but_denials(table)}"
        for table in tables
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(statements))
        return set(cursor.fetchall())


# Whoever asks is noted there, whatever they are answered.
_SESSIONS = "sessions"


@cache
def _owned() -> tuple[str, ...]:
    return tuple(
        sorted(
            model._meta.db_table
            for model in apps.get_models()
            if is_tenant_owned(model._meta.app_label) and model._meta.db_table != _SESSIONS
        )
    )


@cache
def _shared() -> tuple[str, ...]:
    return tuple(
        sorted(model._meta.db_table for model in apps.get_app_config("tenants").get_models())
    )


@cache
def _checksums(tables: tuple[str, ...], prefix: str = "") -> str:
    return " UNION ALL ".join(
        f"SELECT '{_quoted(prefix)}{table}', {_TEXT_OF_ROWS}"  # noqa: S608  # names from the models
        f" FROM {table} AS row{_but_denials(table)}"
        for table in tables
    )


def _fetch(statement: str) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return dict(cursor.fetchall())


def _quoted(prefix: str) -> str:
    return prefix.replace("'", "''")


def _but_denials(table: str) -> str:
    return f" WHERE action <> '{_DENIAL}'" if table == ENTRIES else ""
