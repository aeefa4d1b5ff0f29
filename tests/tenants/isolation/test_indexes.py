"""Indexes begin with the tenant: EXPLAIN ANALYZE counts the rows that it passes over in one.

A condition on an indexed column reads a range of the index, and "Rows Removed by Filter" tells how
many rows of others lie in it: of an index over a secret, letter by letter, what the secret is. An
index that begins with ``tenant_id`` is never read outside of the tenant's own range.

Primary keys are the exception. Ours are random (UUID version 4) and are no secrets: who knows one
may do nothing with it, and a range of them tells what a sequential scan tells as well, how many
rows a pool has. So a secret is no primary key, in no table of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps

from tenants.ownership import is_tenant_owned

if TYPE_CHECKING:
    from tenants.database.base import DatabaseWrapper

# Tables that Django's own apps bring.
THIRD_PARTY = {
    ("django_admin_log", "user_id"),
    ("django_admin_log", "content_type_id"),
}
_FIRST_COLUMNS = """
    SELECT DISTINCT c.relname, coalesce(a.attname, '(expression)'), i.indisprimary,
           coalesce(format_type(a.atttypid, NULL), '')
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN public.placements p ON p.schema_name = n.nspname
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
    WHERE c.relname = ANY(%s)
"""


@pytest.fixture
def first_columns(as_superuser: DatabaseWrapper) -> list[tuple[str, str, bool, str]]:
    """Table, first column, whether primary, and type, of every index in every placement."""
    tables = [
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if is_tenant_owned(model._meta.app_label)
    ]
    with as_superuser.cursor() as cursor:
        cursor.execute(_FIRST_COLUMNS, [tables])
        rows: list[Any] = cursor.fetchall()
    return rows


def test_every_index_of_a_tenants_table_begins_with_the_tenant(
    first_columns: list[tuple[str, str, bool, str]],
) -> None:
    assert len(first_columns) > 30
    others = {
        (table, column)
        for table, column, is_primary, _ in first_columns
        if not is_primary and column != "tenant_id"
    }
    assert others <= THIRD_PARTY


def test_primary_keys_are_random_numbers_and_nothing_that_one_keeps_secret(
    first_columns: list[tuple[str, str, bool, str]],
) -> None:
    kinds = {table: kind for table, _, is_primary, kind in first_columns if is_primary}
    third_party = {table for table, _ in THIRD_PARTY}
    assert {kind for table, kind in kinds.items() if table not in third_party} == {"uuid"}
