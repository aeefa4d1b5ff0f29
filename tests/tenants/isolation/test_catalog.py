"""The catalog check finds nothing in a sound database, and each way of spoiling one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from django.test.utils import CaptureQueriesContext

from tenants.isolation.catalog import check
from tenants.isolation.rules import CURRENT_TENANT, TENANT_MATCHES
from tenants.isolation.table_checks import normalised
from tenants.models import Placement, Tenant
from tests.sampling import sampled
from tests.tenants.isolation.sabotages import ELSEWHERE, IN_PLACEMENTS, IN_PUBLIC, Sabotage

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

    from tenants.database.base import DatabaseWrapper
    from tests.throwaway import ThrowawayTenants

SLUGS = ("acme", "umbrella")
SPOILED = sampled(
    "ways of spoiling a placement in either tier: each in one of them, in turn",
    [
        pytest.param(sabotage, slug, id=f"{sabotage.name}-{slug}")
        for number, sabotage in enumerate(IN_PLACEMENTS)
        for slug in SLUGS[:: (-1) ** number]
    ],
    by=lambda case: case.values[0],
)


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


@pytest.fixture
def _roles_to_ourselves(as_superuser: DatabaseWrapper) -> None:
    """Roles belong to the server, and other workers spoil them too."""
    execute(as_superuser, "LOCK TABLE pg_authid IN SHARE ROW EXCLUSIVE MODE")


def test_a_sound_database_has_no_findings(as_superuser: DatabaseWrapper) -> None:
    assert Placement.objects.count() >= 3
    assert found(as_superuser, "") == set()


@pytest.mark.parametrize(("sabotage", "slug"), SPOILED)
def test_a_spoiled_placement_is_found(
    sabotage: Sabotage, slug: str, as_superuser: DatabaseWrapper
) -> None:
    schema = Tenant.objects.select_related("placement").get(slug=slug).schema_name
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
