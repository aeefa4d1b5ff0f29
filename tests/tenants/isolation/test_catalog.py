"""The catalog check finds nothing in a sound database, and each way of spoiling one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import pytest
from django.core.management import CommandError, call_command
from django.test.utils import CaptureQueriesContext

from tenants.isolation.catalog import check
from tenants.isolation.rules import CURRENT_TENANT, TENANT_MATCHES
from tenants.isolation.table_checks import normalised
from tenants.models import Placement, Tenant

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

    from tenants.database.base import DatabaseWrapper
    from tests.throwaway import ThrowawayTenants

SLUGS = {"standard": "acme", "enterprise": "umbrella"}


class Sabotage(NamedTuple):
    """Something that an operator, a restore or a careless migration might do.

    Attributes:
        name: for the test's id.
        sql: the deed; ``{s}`` is the placement's schema.
        expected: what must be found, as ``table: rule``.
        fixes: whether running the findings' ``fix`` must undo it.
    """

    name: str
    sql: str
    expected: tuple[str, ...]
    fixes: bool = True


IN_PLACEMENTS = [
    Sabotage(
        "no-force", "ALTER TABLE {s}.users NO FORCE ROW LEVEL SECURITY", ("users: rls-forced",)
    ),
    Sabotage("no-rls", "ALTER TABLE {s}.users DISABLE ROW LEVEL SECURITY", ("users: rls-enabled",)),
    Sabotage("no-policy", "DROP POLICY tenant_isolation ON {s}.users", ("users: policy-missing",)),
    Sabotage(
        "open-using",
        "ALTER POLICY tenant_isolation ON {s}.users USING (true)",
        ("users: policy-altered",),
    ),
    Sabotage(
        "open-check",
        "ALTER POLICY tenant_isolation ON {s}.users WITH CHECK (true)",
        ("users: policy-altered",),
    ),
    Sabotage(
        "almost-the-same-policy",
        f"ALTER POLICY tenant_isolation ON {{s}}.users USING ({TENANT_MATCHES} OR is_active)",
        ("users: policy-altered",),
    ),
    Sabotage(
        "policy-for-everybody",
        "ALTER POLICY tenant_isolation ON {s}.users TO PUBLIC",
        ("users: policy-altered",),
    ),
    Sabotage(
        "policy-for-one-command",
        "DROP POLICY tenant_isolation ON {s}.users; CREATE POLICY tenant_isolation ON {s}.users "
        f"FOR SELECT TO iac_app USING ({TENANT_MATCHES})",
        ("users: policy-altered",),
    ),
    Sabotage(
        "second-policy",
        "CREATE POLICY support ON {s}.users FOR SELECT TO iac_app USING (true)",
        ("users: unexpected-policy",),
    ),
    Sabotage(
        "no-composite-key",
        "ALTER TABLE {s}.user_roles DROP CONSTRAINT user_roles_user_id_tenant_fk",
        ("user_roles: composite-foreign-key",),
    ),
    Sabotage(
        "cascading-key",
        "ALTER TABLE {s}.user_roles DROP CONSTRAINT user_roles_user_id_tenant_fk, "
        "ADD CONSTRAINT user_roles_user_id_tenant_fk FOREIGN KEY (tenant_id, user_id) "
        "REFERENCES {s}.users (tenant_id, id) ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED",
        ("user_roles: composite-foreign-key",),
    ),
    Sabotage(
        "plain-key",
        "ALTER TABLE {s}.api_tokens ADD CONSTRAINT plain FOREIGN KEY (user_id) "
        "REFERENCES {s}.users (id)",
        ("api_tokens: plain-foreign-key",),
    ),
    Sabotage(
        "key-into-another-placement",
        "ALTER TABLE {s}.api_tokens ADD CONSTRAINT astray FOREIGN KEY (tenant_id, user_id) "
        "REFERENCES platform.users (tenant_id, id) NOT VALID",
        ("api_tokens: plain-foreign-key",),
    ),
    Sabotage(
        "no-key-index",
        "DROP INDEX {s}.api_tokens_user_id_tenant_idx",
        ("api_tokens: foreign-key-index",),
    ),
    Sabotage(
        "no-tenant-key",
        "ALTER TABLE {s}.roles DROP CONSTRAINT roles_tenant_key CASCADE",
        (
            "roles: tenant-key",
            "role_parents: composite-foreign-key",
            "role_permissions: composite-foreign-key",
            "user_roles: composite-foreign-key",
        ),
        # Fixed in the order of the findings: the key first, then what refers to it.
    ),
    Sabotage(
        "unique-across-tenants",
        "CREATE UNIQUE INDEX one_email ON {s}.users (email, id)",
        ("users: unique-across-tenants",),
        fixes=False,
    ),
    Sabotage(
        "unique-expression",
        "CREATE UNIQUE INDEX one_email ON {s}.users ((lower(email)), tenant_id, id)",
        ("users: unique-across-tenants",),
        fixes=False,
    ),
    Sabotage(
        "nullable-tenant",
        "ALTER TABLE {s}.users ALTER COLUMN tenant_id DROP NOT NULL",
        ("users: tenant-not-null",),
    ),
    Sabotage(
        "no-default",
        "ALTER TABLE {s}.users ALTER COLUMN tenant_id DROP DEFAULT",
        ("users: tenant-default",),
    ),
    Sabotage("grant-truncate", "GRANT TRUNCATE ON {s}.users TO iac_app", ("users: grant-excess",)),
    Sabotage("revoke-select", "REVOKE SELECT ON {s}.users FROM iac_app", ("users: grant-missing",)),
    Sabotage(
        "writable-audit",
        "GRANT UPDATE ON {s}.audit_entries TO iac_app",
        ("audit_entries: grant-excess",),
    ),
    Sabotage(
        "erasable-admin-log",
        "GRANT DELETE ON {s}.django_admin_log TO iac_app",
        ("django_admin_log: grant-excess",),
    ),
    Sabotage(
        "writable-migrations",
        "GRANT INSERT ON {s}.django_migrations TO iac_app",
        ("django_migrations: grant-excess",),
    ),
    Sabotage(
        "forgotten-migration",
        "DELETE FROM {s}.django_migrations WHERE app = 'rbac' AND name = '0002_adopt_admin_log'",
        ("django_migrations: migrations-record",),
    ),
    Sabotage(
        "wrong-note",
        "UPDATE public.placements SET migrations = repeat('0', 64) WHERE schema_name = '{s}'",
        ("django_migrations: migrations-record",),
    ),
    Sabotage("grant-to-all", "GRANT SELECT ON {s}.users TO PUBLIC", ("users: grant-to-others",)),
    Sabotage(
        "grant-to-a-monitor",
        "GRANT SELECT ON {s}.users TO pg_monitor",
        ("users: grant-to-others",),
    ),
    Sabotage(
        "column-grant", "GRANT SELECT (email) ON {s}.users TO PUBLIC", ("users: column-grant",)
    ),
    Sabotage(
        "sequence-grant",
        "GRANT SELECT ON SEQUENCE {s}.django_admin_log_id_seq TO iac_app",
        ("django_admin_log_id_seq: grant-excess",),
    ),
    Sabotage("create-in-schema", "GRANT CREATE ON SCHEMA {s} TO iac_app", (": schema-grant",)),
    Sabotage("schema-for-all", "GRANT USAGE ON SCHEMA {s} TO PUBLIC", (": schema-grant",)),
    Sabotage("no-usage", "REVOKE USAGE ON SCHEMA {s} FROM iac_app", (": schema-usage",)),
    Sabotage("app-owns-schema", "ALTER SCHEMA {s} OWNER TO pg_monitor", (": owner",)),
    Sabotage(
        "app-owns-table", "ALTER TABLE {s}.api_tokens OWNER TO pg_monitor", ("api_tokens: owner",)
    ),
    Sabotage(
        "unknown-table",
        "CREATE TABLE {s}.notes (body text); ALTER TABLE {s}.notes OWNER TO iac_owner",
        ("notes: unexpected-table",),
        fixes=False,
    ),
    Sabotage(
        "partition",
        "CREATE TABLE {s}.notes (day date) PARTITION BY RANGE (day)",
        ("notes: unexpected-table",),
        fixes=False,
    ),
    Sabotage(
        "lost-table", "DROP TABLE {s}.api_tokens", ("api_tokens: table-missing",), fixes=False
    ),
    Sabotage(
        "view", "CREATE VIEW {s}.people AS SELECT * FROM {s}.users", ("people: view-as-owner",)
    ),
    Sabotage(
        "materialised-view",
        "CREATE MATERIALIZED VIEW {s}.people AS SELECT * FROM {s}.users",
        ("people: unexpected-relation",),
        fixes=False,
    ),
    Sabotage(
        "definer",
        "CREATE FUNCTION {s}.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER "
        "AS 'SELECT count(*) FROM {s}.users'",
        ("{s}.peek(): security-definer",),
    ),
    Sabotage(
        "trigger",
        "CREATE FUNCTION {s}.copy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; "
        "CREATE TRIGGER spy AFTER INSERT ON {s}.users FOR EACH ROW EXECUTE FUNCTION {s}.copy()",
        ("users.spy: unexpected-trigger",),
        fixes=False,
    ),
    Sabotage(
        "rewrite-rule",
        "CREATE RULE quiet AS ON DELETE TO {s}.roles DO INSTEAD NOTHING",
        ("roles.quiet: unexpected-rewrite",),
        fixes=False,
    ),
]

IN_PUBLIC = [
    Sabotage(
        "tenant-table",
        "CREATE TABLE public.users (id uuid); ALTER TABLE public.users OWNER TO iac_owner",
        ("users: tenant-table-in-public",),
        fixes=False,
    ),
    Sabotage(
        "scratch-table",
        "CREATE TABLE public.scratch (id uuid); ALTER TABLE public.scratch OWNER TO iac_owner",
        ("scratch: unexpected-table",),
        fixes=False,
    ),
    Sabotage(
        "readable-permissions",
        "GRANT SELECT ON public.auth_permission TO iac_app",
        ("auth_permission: grant-excess",),
    ),
    Sabotage(
        "deletable-tenants", "GRANT DELETE ON public.tenants TO iac_app", ("tenants: grant-excess",)
    ),
    Sabotage(
        "no-force", "ALTER TABLE tenants NO FORCE ROW LEVEL SECURITY", ("tenants: rls-forced",)
    ),
    Sabotage(
        "anyone-writes",
        "ALTER POLICY operator_writes ON public.tenants USING (true)",
        ("tenants: policy-altered",),
    ),
    Sabotage(
        "anyone-reads",
        "ALTER POLICY scope_reads ON public.placements USING (true)",
        ("placements: policy-altered",),
    ),
    Sabotage(
        "tenants-verify-themselves",
        "ALTER POLICY tenant_adds ON public.domains WITH CHECK (true)",
        ("domains: policy-altered",),
    ),
    Sabotage(
        "tenants-strike-out-any-domain",
        "ALTER POLICY tenant_removes ON public.domains USING (true)",
        ("domains: policy-altered",),
    ),
    Sabotage(
        "tenants-add-none",
        "DROP POLICY tenant_adds ON public.domains",
        ("domains: policy-missing",),
    ),
    Sabotage(
        "tenants-change-domains",
        "CREATE POLICY tenant_changes ON public.domains FOR UPDATE TO iac_app USING (true)",
        ("domains: unexpected-policy",),
    ),
    Sabotage(
        "anchors-can-go-back",
        "DROP TRIGGER only_forward ON public.audit_anchors",
        ("audit_anchors.only_forward: trigger-missing",),
    ),
    Sabotage(
        "anchors-can-go-back-at-times",
        "ALTER TABLE public.audit_anchors ENABLE TRIGGER only_forward",
        ("audit_anchors.only_forward: trigger-missing",),
    ),
    Sabotage("create-in-public", "GRANT CREATE ON SCHEMA public TO PUBLIC", (": schema-grant",)),
    Sabotage(
        "definer",
        "CREATE FUNCTION public.peek() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        ("peek(): security-definer",),
    ),
]

# Schema and table are empty or the role's name.
ELSEWHERE = [
    Sabotage("bypass", "ALTER ROLE iac_app BYPASSRLS", ("iac_app: role-attribute",), fixes=False),
    Sabotage(
        "superuser", "ALTER ROLE iac_app SUPERUSER", ("iac_app: role-attribute",), fixes=False
    ),
    Sabotage("creator", "ALTER ROLE iac_app CREATEROLE", ("iac_app: role-attribute",), fixes=False),
    Sabotage("member", "GRANT iac_owner TO iac_app", ("iac_app: role-membership",)),
    Sabotage(
        "weak-owner",
        "ALTER ROLE iac_owner NOBYPASSRLS",
        ("iac_owner: role-attribute",),
        fixes=False,
    ),
    Sabotage("leaky-view", "GRANT SELECT ON pg_stats TO PUBLIC", ("iac_app: leaky-view",)),
    Sabotage(
        "leaky-function",
        "GRANT EXECUTE ON FUNCTION pg_stat_get_backend_activity(integer) TO PUBLIC",
        ("iac_app: leaky-view",),
        fixes=False,
    ),
    Sabotage(
        "role-setting",
        "ALTER ROLE iac_app SET statement_timeout = '1ms'",
        ("iac_app: role-setting",),
        fixes=False,
    ),
    Sabotage(
        "other-database",
        "GRANT CONNECT ON DATABASE postgres TO PUBLIC",
        ("iac_app: other-database",),
        fixes=False,
    ),
    Sabotage(
        "temporary",
        "DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO iac_app', "
        "current_database()); END $$",
        ("iac_app: database-grant",),
        fixes=False,
    ),
    Sabotage(
        "default-privileges",
        "ALTER DEFAULT PRIVILEGES FOR ROLE iac_owner GRANT SELECT ON TABLES TO iac_app",
        ("iac_app: default-privileges",),
        fixes=False,
    ),
]


def named(sabotage: Sabotage) -> str:
    return sabotage.name


def execute(database: DatabaseWrapper, sql: str) -> None:
    with database.cursor() as cursor:
        cursor.execute(sql)


def found(database: DatabaseWrapper, schema: str) -> set[str]:
    """The findings of one schema as ``table: rule``; there are none in any other."""
    findings = check()
    assert {finding.schema for finding in findings} <= {schema}
    execute(database, "SELECT 1")
    return {f"{finding.table}: {finding.rule}" for finding in findings}


def fix(database: DatabaseWrapper) -> None:
    """Do what the findings say."""
    for finding in check():
        execute(database, finding.fix.removeprefix("As a superuser: "))
        execute(database, "SET search_path TO public")


@pytest.fixture(params=SLUGS.values(), ids=list(SLUGS))
def schema(request: pytest.FixtureRequest, as_superuser: DatabaseWrapper) -> str:  # noqa: ARG001  # opens the database
    return Tenant.objects.select_related("placement").get(slug=request.param).schema_name


@pytest.fixture
def _roles_to_ourselves(as_superuser: DatabaseWrapper) -> None:
    """Roles belong to the server, and other workers spoil them too."""
    execute(as_superuser, "LOCK TABLE pg_authid IN SHARE ROW EXCLUSIVE MODE")


def test_a_sound_database_has_no_findings(as_superuser: DatabaseWrapper) -> None:
    assert Placement.objects.count() >= 3
    assert found(as_superuser, "") == set()


@pytest.mark.parametrize("sabotage", IN_PLACEMENTS, ids=named)
def test_a_spoiled_placement_is_found(
    sabotage: Sabotage, schema: str, as_superuser: DatabaseWrapper
) -> None:
    execute(as_superuser, sabotage.sql.format(s=schema))
    assert found(as_superuser, schema) == {text.format(s=schema) for text in sabotage.expected}
    if sabotage.fixes:
        fix(as_superuser)
        assert check() == []


@pytest.mark.parametrize("sabotage", IN_PUBLIC, ids=named)
def test_a_spoiled_shared_schema_is_found(
    sabotage: Sabotage, as_superuser: DatabaseWrapper
) -> None:
    execute(as_superuser, sabotage.sql)
    assert found(as_superuser, "public") == set(sabotage.expected)
    if sabotage.fixes:
        fix(as_superuser)
        assert check() == []


@pytest.mark.parametrize("sabotage", ELSEWHERE, ids=named)
@pytest.mark.usefixtures("_roles_to_ourselves")
def test_a_spoiled_role_or_database_is_found(
    sabotage: Sabotage, as_superuser: DatabaseWrapper
) -> None:
    execute(as_superuser, sabotage.sql)
    assert found(as_superuser, "") >= set(sabotage.expected)
    if sabotage.fixes:
        fix(as_superuser)
        assert check() == []


def test_a_schema_of_nobody_that_the_application_can_use_is_found(
    as_superuser: DatabaseWrapper,
) -> None:
    execute(as_superuser, "CREATE SCHEMA leftover")
    assert found(as_superuser, "") == set()
    execute(as_superuser, "GRANT USAGE ON SCHEMA leftover TO iac_app")
    assert found(as_superuser, "leftover") == {": schema-grant"}


def test_what_an_extension_grants_on_its_own_schema_it_needs_and_no_more(
    as_superuser: DatabaseWrapper,
) -> None:
    """As CREATE EXTENSION leaves it: what Citus grants on citus_internal must not be revoked."""
    execute(as_superuser, "CREATE SCHEMA gadgets")
    execute(as_superuser, "GRANT USAGE ON SCHEMA gadgets TO PUBLIC")
    assert found(as_superuser, "gadgets") == {": schema-grant"}
    execute(
        as_superuser,
        "INSERT INTO pg_init_privs SELECT oid, 'pg_namespace'::regclass, 0, 'e', nspacl "
        "FROM pg_namespace WHERE nspname = 'gadgets'",
    )
    assert found(as_superuser, "") == set()
    execute(as_superuser, "GRANT CREATE ON SCHEMA gadgets TO PUBLIC")
    [finding] = check()
    assert (finding.schema, finding.detail) == ("gadgets", "PUBLIC holds CREATE.")


def test_an_invoker_view_is_allowed(as_superuser: DatabaseWrapper) -> None:
    execute(
        as_superuser,
        "CREATE VIEW platform.people WITH (security_invoker) AS SELECT * FROM platform.users",
    )
    assert found(as_superuser, "platform") == set()


@pytest.mark.usefixtures("as_superuser")
def test_a_placement_without_its_schema_is_found() -> None:
    Placement.objects.create(schema_name="pool_999", kind="pool", status="ready")
    rules = {finding.rule for finding in check() if finding.schema == "pool_999"}
    assert rules == {"table-missing"}


def test_the_number_of_queries_does_not_grow_with_placements(
    as_superuser: DatabaseWrapper,
) -> None:
    with CaptureQueriesContext(as_superuser) as before:
        check()
    Placement.objects.create(schema_name="pool_998", kind="pool", status="ready")
    Placement.objects.create(schema_name="pool_999", kind="pool", status="ready")
    with CaptureQueriesContext(as_superuser) as after:
        check()
    assert len(before) == len(after) <= 11


def test_the_command_prints_findings_and_fails(
    as_superuser: DatabaseWrapper, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("check_isolation", "--no-probes")
    assert "every table is isolated" in capsys.readouterr().out

    execute(as_superuser, "ALTER TABLE platform.users NO FORCE ROW LEVEL SECURITY")
    with pytest.raises(CommandError, match="1 findings"):
        call_command("check_isolation", "--no-probes")
    printed = capsys.readouterr().out
    assert printed.startswith("platform.users: rls-forced: ")
    assert "ALTER TABLE platform.users FORCE ROW LEVEL SECURITY;" in printed


def test_the_command_speaks_json(
    as_superuser: DatabaseWrapper, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("check_isolation", "--json", "--no-probes")
    assert json.loads(capsys.readouterr().out) == []

    execute(as_superuser, "ALTER TABLE platform.users NO FORCE ROW LEVEL SECURITY")
    with pytest.raises(CommandError, match="1 findings"):
        call_command("check_isolation", "--json", "--no-probes")
    [finding] = json.loads(capsys.readouterr().out)
    assert finding.keys() == {"schema", "table", "rule", "detail", "fix"}
    assert (finding["schema"], finding["table"], finding["rule"]) == (
        "platform",
        "users",
        "rls-forced",
    )


def test_tenants_made_later_are_isolated_too(
    committed_tenants: ThrowawayTenants, django_db_blocker: DjangoDbBlocker
) -> None:
    committed_tenants("enterprise")
    committed_tenants("standard")
    with django_db_blocker.unblock():
        call_command("check_isolation")


@pytest.mark.parametrize("alias", ['"nullif"', "nullif"], ids=["PostgreSQL 15", "unquoted"])
def test_policies_are_recognised_however_they_are_printed(alias: str) -> None:
    printed = (
        "(tenant_id = ( SELECT (NULLIF(current_setting('app.current_tenant'::text, true), "
        f"''::text))::uuid AS {alias}))"
    )
    written = f"tenant_id = (select {CURRENT_TENANT})"
    assert normalised(printed) == normalised(written)
    assert normalised(printed) != normalised(f"{written} OR true")
    assert normalised(printed) != normalised(TENANT_MATCHES)
    assert normalised(f"({CURRENT_TENANT})") == normalised(CURRENT_TENANT)
