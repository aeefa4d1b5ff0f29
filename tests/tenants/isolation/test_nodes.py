"""What a worker says of the tables that lie there is checked like what the coordinator says.

No Citus runs here. The test's database plays both parts, with stand-ins, in SQL, for the few
names of Citus that the check uses: its worker answers with each table twice, as the empty one
and as the shard, and may be spoilt by a statement of its own, of which the coordinator shows
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenants.isolation.catalog import check
from tenants.models import Tenant
from tests.tenants.isolation.test_catalog import execute

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.database.base import DatabaseWrapper
    from tenants.isolation.findings import Finding

    Cluster = Callable[..., list[Finding]]

WORKER = "worker-1:5432"
_EXTENSION = """
    CREATE SCHEMA citus_internal;
    GRANT USAGE ON SCHEMA citus_internal TO PUBLIC;
    INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
        SELECT 999999, 'citus', nspowner, oid, false, '14.0-1'
        FROM pg_namespace WHERE nspname = 'citus_internal';
    INSERT INTO pg_init_privs SELECT oid, 'pg_namespace'::regclass, 0, 'e', nspacl
        FROM pg_namespace WHERE nspname = 'citus_internal';
    INSERT INTO pg_depend SELECT 'pg_namespace'::regclass, oid, 0,
        'pg_extension'::regclass, 999999, 0, 'e'
        FROM pg_namespace WHERE nspname = 'citus_internal';
"""
_CATALOG = """
    CREATE TEMP TABLE citus_schemas AS SELECT '{schema}'::regnamespace AS schema_name;
    CREATE TEMP TABLE pg_dist_node AS
        SELECT 'worker-1' AS nodename, 5432 AS nodeport, 1 AS groupid, 'primary' AS noderole;
    CREATE TEMP TABLE pg_dist_shard AS
        SELECT oid AS logicalrelid, 102000 + row_number() OVER (ORDER BY relname) AS shardid
        FROM pg_class WHERE relnamespace = '{schema}'::regnamespace AND relkind = 'r';
    CREATE TEMP TABLE pg_dist_placement AS SELECT shardid, 1 AS groupid FROM pg_dist_shard;
    CREATE TEMP TABLE worker (act text, answers boolean);
    INSERT INTO worker VALUES ('SELECT 1', true);
"""
# Runs the question in a state that is undone; variables keep what was found there.
_WORKER = """
    CREATE FUNCTION public.run_command_on_workers(command text)
    RETURNS TABLE (nodename text, nodeport int, success boolean, result text)
    LANGUAGE plpgsql AS $$
    DECLARE
        honest text;
        spoilt text;
        shard record;
    BEGIN
        EXECUTE command INTO honest;
        BEGIN
            EXECUTE (SELECT act FROM worker);
            EXECUTE command INTO spoilt;
            RAISE EXCEPTION 'undone' USING ERRCODE = 'IA999';
        EXCEPTION WHEN SQLSTATE 'IA999' THEN NULL;
        END;
        FOR shard IN SELECT s.logicalrelid::regclass::text AS path, s.shardid FROM pg_dist_shard s
        LOOP
            spoilt := regexp_replace(spoilt, format('"(relation|target)":"%s"',
                split_part(shard.path, '.', 2)), format('"\\1":"%s_%s"',
                split_part(shard.path, '.', 2), shard.shardid), 'g');
        END LOOP;
        RETURN QUERY SELECT 'worker-1', 5432, answers,
            CASE WHEN answers THEN (honest::jsonb || spoilt::jsonb)::text
                 ELSE 'connection refused' END FROM worker;
    END $$
"""


@pytest.fixture
def schema(as_superuser: DatabaseWrapper) -> str:  # noqa: ARG001  # opens the database
    """A placement that is said to be distributed."""
    return Tenant.objects.select_related("placement").get(slug="umbrella").schema_name


@pytest.fixture
def cluster(as_superuser: DatabaseWrapper, schema: str) -> Cluster:
    """What a check finds where the worker was spoilt: ``cluster("ALTER …")``."""
    for statements in (_EXTENSION, _CATALOG.format(schema=schema), _WORKER):
        execute(as_superuser, statements)

    def spoil(statement: str = "SELECT 1", *, answers: bool = True) -> list[Finding]:
        with as_superuser.cursor() as cursor:
            cursor.execute("UPDATE worker SET act = %s, answers = %s", [statement, answers])
        return [one for one in check() if one.rule != "rows-left-behind"]

    return spoil


def test_a_sound_cluster_has_no_findings(cluster: Cluster) -> None:
    assert cluster() == []


@pytest.mark.parametrize(
    ("spoilt", "rule"),
    [
        ("ALTER POLICY tenant_isolation ON {s}.users USING (true)", "policy-altered"),
        ("DROP POLICY tenant_isolation ON {s}.users", "policy-missing"),
        ("CREATE POLICY all_of_it ON {s}.users TO iac_app USING (true)", "unexpected-policy"),
        ("ALTER TABLE {s}.users DISABLE ROW LEVEL SECURITY", "rls-enabled"),
        ("ALTER TABLE {s}.users NO FORCE ROW LEVEL SECURITY", "rls-forced"),
        ("GRANT TRUNCATE ON {s}.users TO iac_app", "grant-excess"),
        ("ALTER TABLE {s}.users OWNER TO pg_monitor", "owner"),
        ("ALTER TABLE {s}.users ALTER COLUMN tenant_id DROP DEFAULT", "tenant-default"),
    ],
)
def test_a_table_that_is_weakened_on_a_worker_alone_is_found(
    cluster: Cluster, schema: str, spoilt: str, rule: str
) -> None:
    [found] = cluster(spoilt.format(s=schema))
    assert (found.schema, found.rule) == (schema, rule)
    assert found.table.startswith("users_102")
    assert found.detail.startswith(f"On {WORKER}: ")
    remedy = found.fix.removeprefix("As a superuser: ")
    assert f"{schema}.{found.table}" in remedy, "it names the table that lies there"
    assert "enable_manual_changes_to_shards" in remedy


@pytest.mark.parametrize(
    ("spoilt", "rule"),
    [
        ("ALTER ROLE iac_app BYPASSRLS", "role-attribute"),
        ("GRANT SELECT ON pg_stats TO PUBLIC", "leaky-view"),
        ("GRANT CREATE ON SCHEMA {s} TO iac_app", "schema-grant"),
    ],
)
def test_a_role_or_schema_that_is_weakened_on_a_worker_alone_is_found(
    cluster: Cluster, schema: str, spoilt: str, rule: str
) -> None:
    [found] = cluster(spoilt.format(s=schema))
    assert (found.rule, found.detail.startswith(f"On {WORKER}: ")) == (rule, True)
    assert "shards" not in found.fix


def test_a_table_that_is_lost_on_a_worker_is_found(cluster: Cluster, schema: str) -> None:
    rules = {(found.rule, found.table) for found in cluster(f"DROP TABLE {schema}.api_tokens")}
    assert {rule for rule, _ in rules} == {"table-missing"}
    assert all(table.startswith("api_tokens_102") for _, table in rules)


def test_a_worker_that_does_not_answer_was_not_checked(cluster: Cluster) -> None:
    [found] = cluster(answers=False)
    assert (found.rule, found.table, found.detail) == (
        "node-not-checked",
        WORKER,
        "connection refused",
    )


def test_a_placement_that_no_worker_holds_was_not_checked(
    cluster: Cluster, schema: str, as_superuser: DatabaseWrapper
) -> None:
    execute(as_superuser, "UPDATE pg_dist_placement SET groupid = 7")
    assert "node-not-checked" in {found.rule for found in cluster() if found.schema == schema}


def test_rows_that_distribution_left_on_the_coordinator_are_found(
    cluster: Cluster, schema: str
) -> None:
    assert cluster() == []
    left = {found.table for found in check() if found.rule == "rows-left-behind"}
    assert {"roles", "django_migrations"} <= left
    fixes = {found.fix for found in check()}
    assert f"SELECT truncate_local_data_after_distributing_table('{schema}.roles');" in fixes
