"""What schema-based sharding asks of a placement's tables (decision 16)."""

# ruff: noqa: S608 - statements built from constants

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tenants.isolation.rules import TENANT_MATCHES

if TYPE_CHECKING:
    from tests.tenants.conftest import Plain

# Any trigger function that PostgreSQL has itself.
KEY_CHECK = "unique_key_recheck()"
PLACEMENTS = "SELECT schema_name::name FROM public.placements"

# Each finds what Citus would refuse; the object that is found is named.
REFUSED = {
    "a key to another schema": f"""
        SELECT conrelid::regclass || '.' || conname FROM pg_constraint o
        JOIN pg_class target ON target.oid = o.confrelid
        JOIN pg_namespace n ON n.oid = o.connamespace
        WHERE contype = 'f' AND target.relnamespace <> o.connamespace
          AND (n.nspname IN ({PLACEMENTS})
               OR target.relnamespace::regnamespace::name IN ({PLACEMENTS}))""",
    "a policy with a subquery": f"""
        SELECT schemaname || '.' || tablename FROM pg_policies
        WHERE schemaname IN ({PLACEMENTS}) AND (qual ~* 'select' OR with_check ~* 'select')""",
    "a trigger": f"""
        SELECT tgrelid::regclass || '.' || tgname FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid
        WHERE NOT tgisinternal AND c.relnamespace::regnamespace::name IN ({PLACEMENTS})""",
    "a view, a foreign table, a partition or a function": f"""
        SELECT c.oid::regclass::text FROM pg_class c
        WHERE c.relnamespace::regnamespace::name IN ({PLACEMENTS})
          AND (c.relkind NOT IN ('r', 'i', 'S', 't', 'c') OR c.relispartition)
        UNION ALL
        SELECT p.oid::regprocedure::text FROM pg_proc p
        WHERE p.pronamespace::regnamespace::name IN ({PLACEMENTS})""",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_placement_has_nothing_that_citus_refuses(kind: str, superuser: Plain) -> None:
    assert superuser.execute(REFUSED[kind]).fetchall() == []


@pytest.mark.parametrize(
    ("kind", "sabotage"),
    [
        (
            "a key to another schema",
            "ALTER TABLE platform.projects ADD FOREIGN KEY (tenant_id) REFERENCES public.tenants",
        ),
        (
            "a policy with a subquery",
            "CREATE POLICY reader ON platform.projects USING (name IN (SELECT 'x'))",
        ),
        (
            "a trigger",
            f"CREATE TRIGGER t AFTER UPDATE ON platform.roles EXECUTE FUNCTION {KEY_CHECK}",
        ),
        (
            "a view, a foreign table, a partition or a function",
            "CREATE VIEW platform.peek AS SELECT 1 AS one",
        ),
    ],
)
def test_each_of_them_would_be_found(kind: str, sabotage: str, superuser: Plain) -> None:
    superuser.execute(sabotage)
    assert len(superuser.execute(REFUSED[kind]).fetchall()) == 1


def test_the_policy_of_placements_has_no_subquery() -> None:
    assert "select" not in TENANT_MATCHES.lower()


@pytest.fixture
def superuser(superuser_url: str, django_db_setup: None) -> Any:  # noqa: ARG001  # tenants exist
    with psycopg.connect(superuser_url) as connection:
        yield connection
        connection.rollback()
