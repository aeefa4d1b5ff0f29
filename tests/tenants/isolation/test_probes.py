"""The probes find nothing in a sound database, and each way of spoiling one.

What an operator might do is done in a superuser's transaction that is rolled back; inside it
the same connection becomes the application role, and the probes are tried on what it meets.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import psycopg
import pytest
from django.core.management import CommandError, call_command

from rbac.models import User
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.isolation.probes import contexts, intruder, running
from tenants.isolation.probes.intruder import Intruder
from tenants.isolation.probes.running import probe_database, probe_subject
from tenants.isolation.probes.subjects import Subject, subject_in, tables_with_rows
from tenants.isolation.rules import TENANT_MATCHES
from tenants.models import PLATFORM_TENANT_ID, PlacementKind, Tenant, Tier
from tests.throwaway import ThrowawayTenants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.plugin import DjangoDbBlocker

    from tenants.isolation.findings import Finding
    from tests.services import Services


class Sabotage(NamedTuple):
    """What is done, as a superuser, and which rules a probe of it must break.

    ``{s}`` is the placement's schema and ``{n}`` the neighbour's id.
    """

    name: str
    sql: str
    rules: frozenset[str]
    table: str = "users"


def sabotage(name: str, sql: str, *rules: str, table: str = "users") -> Sabotage:
    return Sabotage(name, sql, frozenset(rules), table)


READ, WRITE, OWN = "probe-foreign-rows", "probe-foreign-insert", "probe-own-rows"
REFUSED = "probe-not-refused"
IN_PLACEMENTS = [
    sabotage(
        "open-policy",
        "ALTER POLICY tenant_isolation ON {s}.users USING (true)",
        READ,
        "probe-without-context",
    ),
    sabotage(
        "rls-off",
        "ALTER TABLE {s}.users DISABLE ROW LEVEL SECURITY",
        READ,
        WRITE,
        REFUSED,
        "probe-without-context",
        "probe-foreign-update",
    ),
    sabotage(
        "second-policy",
        "CREATE POLICY support ON {s}.users FOR SELECT TO iac_app USING (true)",
        READ,
        "probe-without-context",
    ),
    sabotage(
        "open-to-nobodys-context",
        f"ALTER POLICY tenant_isolation ON {{s}}.users USING ({TENANT_MATCHES} "
        "OR current_setting('app.current_tenant', true) = '')",
        "probe-without-context",
    ),
    sabotage(
        "open-check",
        "ALTER POLICY tenant_isolation ON {s}.users WITH CHECK (true)",
        WRITE,
        "probe-foreign-update",
    ),
    sabotage(
        "open-check-of-updates",
        "CREATE POLICY loose ON {s}.users FOR UPDATE TO iac_app USING (false) WITH CHECK (true)",
        "probe-foreign-update",
    ),
    sabotage(
        "blind",
        "DROP POLICY tenant_isolation ON {s}.users",
        OWN,
        "probe-own-insert",
        "probe-own-update",
    ),
    sabotage(
        "unreadable",
        "REVOKE SELECT ON {s}.roles FROM iac_app",
        OWN,
        "probe-own-update",
        table="roles",
    ),
    sabotage("unwritable", "REVOKE UPDATE ON {s}.users FROM iac_app", "probe-own-update"),
    sabotage("no-inserts", "REVOKE INSERT ON {s}.users FROM iac_app", "probe-own-insert"),
    sabotage("truncate", "GRANT TRUNCATE ON {s}.users TO iac_app", REFUSED),
    sabotage("truncate-for-all", "GRANT TRUNCATE ON {s}.users TO PUBLIC", REFUSED),
    sabotage("owned", "ALTER TABLE {s}.api_tokens OWNER TO iac_app", REFUSED, table="api_tokens"),
    sabotage("create", "GRANT CREATE ON SCHEMA {s} TO iac_app", REFUSED, table=""),
    sabotage(
        "misled",
        "UPDATE public.tenants SET placement_id = (SELECT id FROM public.placements "
        "WHERE schema_name = 'platform') WHERE id = '{r}'",
        "probe-entrance",
        table="",
    ),
]
OF_THE_DATABASE = [
    sabotage("bypass", "ALTER ROLE iac_app BYPASSRLS", READ, WRITE, "probe-without-context"),
    sabotage("member", "GRANT iac_owner TO iac_app", REFUSED, table="iac_app"),
    sabotage("creator", "ALTER ROLE iac_app CREATEROLE", REFUSED, table="iac_app"),
    sabotage("superuser", "ALTER ROLE iac_app SUPERUSER", REFUSED, table="iac_app"),
    sabotage("public", "GRANT CREATE ON SCHEMA public TO iac_app", REFUSED, table="iac_app"),
    sabotage(
        "leaky-view",
        "GRANT SELECT ON pg_stat_activity TO iac_app; "
        "GRANT EXECUTE ON FUNCTION pg_stat_get_activity(integer) TO iac_app",
        REFUSED,
        table="iac_app",
    ),
    sabotage(
        "lost", "REVOKE SELECT ON public.tenants FROM iac_app", "probe-shared-rows", table="tenants"
    ),
    sabotage(
        "bare-name",
        "CREATE TABLE public.users (id int)",
        "probe-bare-name",
    ),
    sabotage(
        "lenient-entrance",
        "CREATE OR REPLACE FUNCTION public.enter_tenant(wanted uuid) RETURNS void LANGUAGE plpgsql "
        "AS $$ BEGIN PERFORM set_config('app.current_tenant', wanted::text, true); END $$",
        "probe-unknown-tenant",
        table="enter_tenant",
    ),
]


@pytest.fixture(scope="module")
def homes(
    django_db_setup: None,  # noqa: ARG001  # the platform must be there
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[dict[str, Subject]]:
    """A pool with two tenants and a placement with one, seen while they are sound."""
    with django_db_blocker.unblock(), ThrowawayTenants() as throwaway:
        pooled, neighbour = throwaway(Tier.STANDARD), throwaway(Tier.STANDARD)
        dedicated = throwaway(Tier.ENTERPRISE)
        for tenant in (pooled, neighbour, dedicated):
            with tenant_scope(tenant):
                User.objects.create(username="alice")
        with as_owner():
            yield {
                "pool": _subject(pooled, neighbour),
                "dedicated": _subject(dedicated, None),
            }


def _subject(resident: Tenant, neighbour: Tenant | None) -> Subject:
    schema = resident.schema_name
    filled = tables_with_rows(schema, resident.pk)
    other = neighbour.pk if neighbour else None
    return Subject(schema, resident.pk, other, PLATFORM_TENANT_ID, filled)


@pytest.fixture(params=["pool", "dedicated"])
def subject(request: pytest.FixtureRequest, homes: dict[str, Subject]) -> Subject:
    found: Subject = homes[request.param]
    return found


@pytest.fixture
def superuser(services: Services, database_name: str) -> Iterator[intruder.Plain]:
    """A superuser in a transaction that is rolled back."""
    with (
        psycopg.connect(services.admin_url, dbname=database_name, autocommit=True) as connection,
        connection.transaction(force_rollback=True),
    ):
        # Roles belong to the server, and other workers spoil them too.
        connection.execute("LOCK TABLE pg_authid IN SHARE ROW EXCLUSIVE MODE")
        yield connection


def as_application(superuser: intruder.Plain) -> Intruder:
    superuser.execute("SET LOCAL SESSION AUTHORIZATION iac_app")
    return Intruder(superuser)


def named(case: Sabotage) -> str:
    return case.name


def test_a_sound_placement_has_no_findings(subject: Subject, superuser: intruder.Plain) -> None:
    assert {"users", "roles"} <= subject.filled
    assert [*probe_subject(as_application(superuser), subject)] == []


def test_a_sound_database_has_no_findings(superuser: intruder.Plain) -> None:
    assert [*probe_database(as_application(superuser))] == []


@pytest.mark.parametrize("case", IN_PLACEMENTS, ids=named)
def test_a_probe_finds_a_spoiled_placement(
    case: Sabotage, subject: Subject, superuser: intruder.Plain
) -> None:
    superuser.execute(case.sql.format(s=subject.schema, r=subject.resident))
    found = [*probe_subject(as_application(superuser), subject)]
    assert {finding.rule for finding in found} == case.rules
    assert {finding.schema for finding in found} == {subject.schema}
    assert {finding.table for finding in found} == {case.table}


@pytest.mark.parametrize("case", OF_THE_DATABASE, ids=named)
def test_a_probe_finds_a_spoiled_database(
    case: Sabotage, homes: dict[str, Subject], superuser: intruder.Plain
) -> None:
    superuser.execute(case.sql)
    application = as_application(superuser)
    found = [*probe_database(application), *probe_subject(application, homes["pool"])]
    assert case.rules <= {finding.rule for finding in found}
    assert case.table in {finding.table for finding in found}


def test_probes_leave_no_trace(subject: Subject, superuser: intruder.Plain) -> None:
    count = f"SELECT count(*), max(updated_at) FROM {subject.schema}.users"  # noqa: S608  # ours
    before = superuser.execute(count).fetchall()
    application = as_application(superuser)
    assert [*probe_database(application), *probe_subject(application, subject)] == []
    superuser.execute("RESET SESSION AUTHORIZATION")
    assert superuser.execute(count).fetchall() == before


STAYING = (
    "CREATE OR REPLACE FUNCTION public.enter_tenant(wanted uuid) RETURNS void LANGUAGE plpgsql "
    "AS $$ BEGIN PERFORM set_config('app.current_tenant', wanted::text, false); END $$"
)


def test_a_context_that_outlives_its_transaction_is_found(
    services: Services, database_name: str, superuser_url: str, homes: dict[str, Subject]
) -> None:
    """Committed, on a connection of its own that dies with what was left on it."""
    resident = homes["pool"].resident
    assert resident is not None
    definition = "SELECT pg_get_functiondef('public.enter_tenant(uuid)'::regprocedure)"
    with psycopg.connect(superuser_url, autocommit=True) as admin:
        [(sound,)] = admin.execute(definition).fetchall()
        url = services.app_url(database_name)
        try:
            for spoil, rules in ((None, []), (STAYING, ["probe-context-stays"])):
                if spoil:
                    admin.execute(spoil)
                with psycopg.connect(url, autocommit=True) as connection:
                    found = contexts.probe_end(Intruder(connection), resident)
                    assert [finding.rule for finding in found] == rules
        finally:
            admin.execute(sound)


def test_the_command_probes_through_the_pool_and_reports_in_json(
    committed_tenants: ThrowawayTenants, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = committed_tenants(Tier.ENTERPRISE).schema_name
    call_command("check_isolation")
    assert "every table is isolated" in capsys.readouterr().out

    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(f"ALTER POLICY tenant_isolation ON {schema}.users WITH CHECK (true)")
    with pytest.raises(CommandError, match="findings"):
        call_command("check_isolation", "--json")
    found = json.loads(capsys.readouterr().out)
    assert {(each["schema"], each["table"], each["rule"]) for each in found} >= {
        (schema, "users", "policy-altered"),
        (schema, "users", "probe-foreign-insert"),
    }
    with pytest.raises(CommandError, match="1 findings"):
        call_command("check_isolation", "--json", "--no-probes")
    found = json.loads(capsys.readouterr().out)
    assert {each["rule"] for each in found} == {"policy-altered"}


def test_a_sample_probes_as_many_placements_as_asked(
    committed_tenants: ThrowawayTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    del committed_tenants
    probed: list[Subject] = []

    def note(_visitor: Intruder, subject: Subject) -> list[Finding]:
        probed.append(subject)
        return []

    monkeypatch.setattr(running, "probe_subject", note)
    with as_owner():
        running.probe_placements(2)
    assert len({subject.schema for subject in probed}) == 2


def test_each_probe_has_a_tenant_and_a_stranger_where_there_are_some(
    committed_tenants: ThrowawayTenants,
) -> None:
    tenant = committed_tenants(Tier.ENTERPRISE)
    with as_owner():
        platform = Tenant.objects.get(pk=PLATFORM_TENANT_ID).placement
        assert platform.kind == PlacementKind.PLATFORM
        assert subject_in(platform).stranger != PLATFORM_TENANT_ID
        alone = subject_in(tenant.placement)
    assert (alone.resident, alone.neighbour) == (tenant.pk, None)
    assert alone.other == PLATFORM_TENANT_ID


@pytest.mark.parametrize("number", ["0", "-3"])
def test_a_sample_of_nothing_is_refused(number: str) -> None:
    with pytest.raises(CommandError, match="--sample"):
        call_command("check_isolation", "--sample", number)
