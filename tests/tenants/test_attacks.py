"""What somebody can do who has the application role's password and plain SQL."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import pytest
from django.conf import settings
from psycopg import errors

from rbac.models import User
from tenants.context import tenant_scope
from tenants.isolation.expectations import MIGRATIONS_TABLE, placement_rules
from tenants.models import PLATFORM_TENANT_ID, Placement, Tenant, Tier
from tests.throwaway import ThrowawayTenants

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg
    from pytest_django.plugin import DjangoDbBlocker

    from tests.tenants.conftest import Plain

TABLES = sorted(placement_rules())
NOBODY = "00000000-0000-4000-8000-00000000abcd"


class Pair(NamedTuple):
    """An attacker with full rights in its own tenant, and its victim, both committed."""

    attacker: Tenant
    victim: Tenant


WRITE_AUDIT = (
    "INSERT INTO {own}.audit_entries (id, created_at, actor_id, actor_name, action, "
    "subject_type, subject_id, subject_name, changes, request_id) "
    "SELECT gen_random_uuid(), now(), 'a', 'a', 'a', 'a', 'a', 'a', '{{}}', ''"
)


@pytest.fixture(scope="module")
def _tenants(
    django_db_setup: None,  # noqa: ARG001  # the platform must be there
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[dict[str, Tenant]]:
    with django_db_blocker.unblock(), ThrowawayTenants() as throwaway:
        made = {
            "pooled": throwaway(Tier.STANDARD),
            "neighbour": throwaway(Tier.STANDARD),
            "dedicated": throwaway(Tier.ENTERPRISE),
        }
        for tenant in made.values():
            with tenant_scope(tenant):
                for name in ("alice", f"only-at-{tenant.slug}"):
                    User.objects.create(username=name, email=f"alice@{tenant.slug}.example")
        yield made


@pytest.fixture(
    params=[("neighbour", "pooled"), ("pooled", "dedicated"), ("dedicated", "pooled")],
    ids=["same-pool", "standard-attacks-enterprise", "enterprise-attacks-standard"],
)
def pair(request: pytest.FixtureRequest, _tenants: dict[str, Tenant]) -> Pair:
    attacker, victim = request.param
    return Pair(_tenants[attacker], _tenants[victim])


@pytest.fixture(scope="module")
def schemas(_tenants: dict[str, Tenant]) -> list[str]:
    found = Placement.objects.filter(status="ready").values_list("schema_name", flat=True)
    assert found
    return list(found)


CLAIM = "SELECT set_config('app.current_tenant', %s, true)"


class Psql:
    """Plain SQL as the application role; every statement is undone again.

    In a statement ``{own}`` and ``{their}`` stand for the attacker's and the victim's
    schema.
    """

    def __init__(self, connection: Plain, pair: Pair) -> None:
        self.connection = connection
        self.schemas = {"own": pair.attacker.schema_name, "their": pair.victim.schema_name}

    def run(self, claim: Tenant | None, statement: str, *parameters: Any) -> psycopg.Cursor[Any]:
        """Run one statement in a tenant's context, with deferred checks done at once."""
        with self.connection.transaction(force_rollback=True):
            self.connection.execute(
                "SELECT set_config('app.current_tenant', %s, true)",
                [str(claim.id if claim else "")],
            )
            self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            return self.connection.execute(statement.format(**self.schemas), parameters or None)

    def refuses(
        self,
        claim: Tenant | None,
        statement: str,
        *parameters: Any,
        error: type[psycopg.Error] = errors.InsufficientPrivilege,
    ) -> str:
        """Run a statement that must fail, and return the message without parameters."""
        with pytest.raises(error) as raised:
            self.run(claim, statement, *parameters)
        text = str(raised.value)
        for number, parameter in enumerate(parameters):
            text = text.replace(str(parameter), f"<{number}>")
        return text

    def rows(self, claim: Tenant | None, statement: str, *parameters: Any) -> list[Any]:
        """The rows of a query in a tenant's context."""
        return list(self.run(claim, statement, *parameters))


@pytest.fixture
def psql(psql_as_app: Plain, pair: Pair) -> Psql:
    return Psql(psql_as_app, pair)


ALICE = "SELECT id FROM {%s}.users WHERE username = 'alice'"
TENANTS_OF = "SELECT tenant_id FROM {}.{}"
INSERT_USER = (
    "INSERT INTO {%s}.users (id, tenant_id, username, username_key, kind, description, revision, "
    "password, email, full_name, is_active, created_at, updated_at) "
    "SELECT gen_random_uuid(), whose, name, name, 'person', '', 1, '', '', '', true, now(), now() "
    "FROM (VALUES (%%s::uuid, %%s)) AS new (whose, name)"
)
GRANT_ROLE = (
    "INSERT INTO {own}.user_roles (id, created_at, granted_by, user_id, role_id) "
    "VALUES (gen_random_uuid(), now(), 'test', %s, %s)"
)


def test_without_context_no_table_of_any_placement_has_rows(psql: Psql, schemas: list[str]) -> None:
    assert len(schemas) >= 3
    for schema in schemas:
        for table in TABLES:
            assert psql.rows(None, TENANTS_OF.format(schema, table)) == []


def test_with_one_tenants_context_every_table_of_every_placement_has_its_rows_only(
    psql: Psql, schemas: list[str], pair: Pair
) -> None:
    seen = 0
    for schema in schemas:
        for table in TABLES:
            found = psql.rows(pair.attacker, TENANTS_OF.format(schema, table))
            assert {row[0] for row in found} <= {pair.attacker.id}
            assert found == [] or schema == pair.attacker.schema_name
            seen += len(found)
    assert seen > 1, "its own users and roles are there"


@pytest.mark.parametrize("claim", ["", "no-uuid", "*", NOBODY, "' OR true --"])
def test_made_up_contexts_show_nothing(psql_as_app: Plain, schemas: list[str], claim: str) -> None:
    for schema in schemas:
        found: list[Any] = []
        with suppress(errors.InvalidTextRepresentation), psql_as_app.transaction():
            psql_as_app.execute(CLAIM, [claim])
            found = psql_as_app.execute(TENANTS_OF.format(schema, "users")).fetchall()
        assert found == []


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE iac_owner",
        "SET SESSION AUTHORIZATION iac_owner",
        "TRUNCATE {their}.users",
        "CREATE SCHEMA mine",
        "CREATE TABLE {their}.mine (id int)",
        "CREATE TABLE public.mine (id int)",
        "CREATE TEMPORARY TABLE users (id int)",
        "CREATE VIEW {their}.mine AS SELECT * FROM {their}.users",
        "CREATE FUNCTION {their}.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE {their}.users DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE {their}.users NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE {their}.users ADD COLUMN mine int",
        "DROP TABLE {their}.users",
        "DROP POLICY tenant_isolation ON {their}.users",
        "CREATE POLICY mine ON {their}.users USING (true)",
        (
            "CREATE TRIGGER mine BEFORE UPDATE ON {their}.users FOR EACH ROW "
            "EXECUTE FUNCTION suppress_redundant_updates_trigger()"
        ),
        "CREATE INDEX mine ON {their}.users (email)",
        "GRANT SELECT ON public.auth_permission TO PUBLIC",
        "CREATE ROLE mine",
        "ALTER ROLE iac_app BYPASSRLS",
        "COPY {their}.users TO '/tmp/stolen'",
        "COPY {their}.users TO PROGRAM 'cat'",
        "SELECT * FROM pg_stat_activity",
        "SELECT * FROM pg_stat_get_activity(NULL)",
        "SELECT * FROM pg_stats",
        "SELECT * FROM pg_statistic",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_terminate_backend(0) FROM pg_authid",
        "SELECT last_value FROM {their}.django_admin_log_id_seq",
        "LOCK TABLE {their}.audit_entries IN ACCESS EXCLUSIVE MODE",
        "UPDATE {their}.audit_entries SET action = 'nothing'",
        "DELETE FROM {their}.audit_entries",
        "UPDATE {their}.django_admin_log SET change_message = ''",
        "DELETE FROM {their}.django_admin_log",
        "INSERT INTO {their}.django_migrations (app, name, applied) VALUES ('rbac', 'x', now())",
        "DELETE FROM public.tenants",
        "SELECT * FROM public.auth_permission",
    ],
)
def test_what_the_application_role_may_not_do(psql: Psql, pair: Pair, statement: str) -> None:
    psql.refuses(pair.attacker, statement)
    psql.refuses(pair.attacker, statement.replace("{their}", "{own}"))


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM {own}.users",
        WRITE_AUDIT,
        "SELECT * FROM {own}.audit_entries",
        "DELETE FROM {own}.roles",
        "UPDATE {own}.users SET full_name = 'Alice'",
        "SELECT * FROM {own}.django_migrations",
        "SELECT id FROM public.tenants",
    ],
)
def test_what_it_may_do_in_its_own_tenant(psql: Psql, pair: Pair, statement: str) -> None:
    """The twins of the refusals: the same role, the same tables."""
    assert psql.run(pair.attacker, statement).statusmessage


def test_copy_out_gives_the_own_rows_and_copy_in_is_refused(
    psql_as_app: Plain, psql: Psql, pair: Pair
) -> None:
    with psql_as_app.transaction():
        psql_as_app.execute(CLAIM, [str(pair.attacker.id)])
        users = "COPY {own}.users (email) TO STDOUT".format(**psql.schemas)
        with psql_as_app.cursor().copy(users) as copy:
            assert set(copy.rows()) == {(f"alice@{pair.attacker.slug}.example",)}
    roles = "COPY {their}.roles (id, key) FROM STDIN".format(**psql.schemas)
    with (
        pytest.raises(errors.FeatureNotSupported, match="row-level security"),
        psql_as_app.cursor().copy(roles) as copy,
    ):
        copy.write_row([uuid4(), "planted"])


def test_the_application_role_cannot_grant_its_own_rights(psql: Psql) -> None:
    """PostgreSQL only warns: the role holds SELECT, but not the right to grant it."""
    granted = (
        "SELECT count(*) FROM pg_class c, aclexplode(c.relacl) a "
        "WHERE c.oid = '{own}.users'::regclass AND a.grantee = 0"
    )
    with psql.connection.transaction(force_rollback=True):
        psql.connection.execute("GRANT SELECT ON {own}.users TO PUBLIC".format(**psql.schemas))
        found = psql.connection.execute(granted.format(**psql.schemas)).fetchall()
    assert found == [(0,)]


def test_rows_of_another_tenant_cannot_be_inserted(psql: Psql, pair: Pair) -> None:
    attacker, victim = pair
    for schema in ("own", "their"):
        psql.refuses(attacker, INSERT_USER % schema, victim.id, "planted")
    psql.run(attacker, INSERT_USER % "own", attacker.id, "planted")
    # Without any context, there is nobody a row could belong to.
    psql.refuses(None, INSERT_USER % "their", victim.id, "planted")


def test_rows_cannot_be_given_away_or_reached(psql: Psql, pair: Pair) -> None:
    attacker, victim = pair
    psql.refuses(attacker, "UPDATE {own}.users SET tenant_id = %s", victim.id)
    [(alice,)] = psql.rows(victim, ALICE % "their")
    for statement in (
        "UPDATE {their}.users SET email = 'x' WHERE id = %s",
        "DELETE FROM {their}.users WHERE id = %s",
    ):
        assert psql.run(attacker, statement, alice).rowcount == 0
        assert psql.run(victim, statement, alice).rowcount == 1


def test_a_child_cannot_be_attached_to_anothers_parent(psql: Psql, pair: Pair) -> None:
    """An ordinary foreign key would accept it: the check runs without row-level security."""
    attacker, victim = pair
    [(role,)] = psql.rows(attacker, "SELECT id FROM {own}.roles WHERE key = 'viewer'")
    [(own,)] = psql.rows(attacker, ALICE % "own")
    [(foreign,)] = psql.rows(victim, ALICE % "their")
    psql.run(attacker, GRANT_ROLE, own, role)
    real, unreal = (
        psql.refuses(attacker, GRANT_ROLE, user, role, error=errors.ForeignKeyViolation)
        for user in (foreign, uuid4())
    )
    # Another's id and an id of nobody are told apart by nothing.
    assert real == unreal


def test_a_name_that_another_tenant_has_taken_is_free(psql: Psql, pair: Pair) -> None:
    attacker, victim = pair
    psql.run(attacker, INSERT_USER % "own", attacker.id, f"only-at-{victim.slug}")
    psql.refuses(attacker, INSERT_USER % "own", attacker.id, "alice", error=errors.UniqueViolation)


def test_the_shared_tables_show_a_tenant_itself_only(psql: Psql, pair: Pair) -> None:
    attacker = pair.attacker
    assert psql.rows(attacker, "SELECT id FROM tenants") == [(attacker.id,)]
    assert psql.rows(attacker, "SELECT schema_name FROM placements") == [(attacker.schema_name,)]
    assert psql.rows(attacker, "SELECT DISTINCT tenant_id FROM domains") == [(attacker.id,)]
    # What others could buy is none of its business either.
    assert psql.rows(attacker, "SELECT key FROM service_plans") == [(attacker.plan_id,)]


YES, NO = "true", "false"
OPERATOR = Tenant(id=PLATFORM_TENANT_ID)
ADD_DOMAIN = (
    "INSERT INTO public.domains (id, created_at, domain, tenant_id, is_primary, verified_at, "
    "redirects_until, challenge, failure) "
    "VALUES (gen_random_uuid(), now(), 'stolen.example', %s, %s, %s, %s, %s, '')"
)


def test_only_the_operator_writes_the_shared_tables(psql: Psql, pair: Pair) -> None:
    promote = "UPDATE public.tenants SET plan = 'enterprise' WHERE id = %s"
    exempt = "UPDATE public.tenants SET quota_overrides = '[]' WHERE id = %s"
    stretch = "UPDATE public.service_plans SET limits = '[]' WHERE key = %s"
    for claim in (pair.attacker, None):
        assert psql.run(claim, promote, pair.attacker.id).rowcount == 0
        assert psql.run(claim, exempt, pair.attacker.id).rowcount == 0
        assert psql.run(claim, stretch, pair.attacker.plan_id).rowcount == 0
    assert psql.run(OPERATOR, promote, pair.attacker.id).rowcount == 1
    assert psql.run(OPERATOR, exempt, pair.attacker.id).rowcount == 1
    assert psql.run(OPERATOR, stretch, pair.attacker.plan_id).rowcount == 1


ADD_PLACEMENT = (
    "INSERT INTO public.placements (schema_name, kind, capacity, status, failure, migrations, "
    "created_at) VALUES (%s, 'pool', 0, 'ready', '', '', now())"
)


@pytest.mark.parametrize(
    "name",
    [
        "public.tenants TO iac_app;CREATE SCHEMA pwned;--",
        "pool_001; DROP SCHEMA pool_001 CASCADE",
        'pool_001"',
        "pool_001\n",
        "Pool_001",
        "",
        "public",
        "pg_catalog",
        "information_schema",
    ],
)
def test_what_the_owner_writes_into_its_sql_is_nobodys_to_choose(psql: Psql, name: str) -> None:
    """The owner's commands name the schemas that stand in this table, and drop some of them."""
    psql.refuses(OPERATOR, ADD_PLACEMENT, name, error=errors.CheckViolation)
    rename = "UPDATE public.placements SET schema_name = %s WHERE schema_name = 'pool_001'"
    psql.refuses(OPERATOR, rename, name, error=errors.CheckViolation)
    assert psql.run(OPERATOR, ADD_PLACEMENT, "pool_989").rowcount == 1


def test_a_tenant_notes_a_domain_down_and_never_as_verified(psql: Psql, pair: Pair) -> None:
    attacker, victim = pair
    psql.run(attacker, ADD_DOMAIN, attacker.id, NO, None, None, "")
    for owner, is_primary, verified, redirects in (
        (victim.id, NO, None, None),
        (PLATFORM_TENANT_ID, NO, None, None),
        (attacker.id, YES, None, None),
        (attacker.id, NO, "2026-01-01", None),
        (attacker.id, NO, None, "2100-01-01"),
    ):
        values = (owner, is_primary, verified, redirects, "")
        psql.refuses(attacker, ADD_DOMAIN, *values)
        psql.refuses(None, ADD_DOMAIN, *values)
    psql.run(OPERATOR, ADD_DOMAIN, victim.id, NO, "2026-01-01", None, "")
    # Nor by adding what is there already.
    taken = ADD_DOMAIN.replace("stolen.example", f"{attacker.slug}.{settings.BASE_DOMAIN}")
    again = taken + " ON CONFLICT (tenant_id, domain) DO UPDATE SET verified_at = now()"
    psql.refuses(attacker, again, attacker.id, NO, None, None, "")
    psql.run(OPERATOR, again, attacker.id, NO, None, None, "")


@pytest.mark.parametrize(
    "change",
    [
        "verified_at = now()",
        "is_primary = true",
        "is_primary = false",
        "domain = 'other.example'",
        "challenge = 'known'",
        "failure = ''",
        "redirects_until = now()",
        f"tenant_id = '{NOBODY}'",
    ],
)
def test_a_tenant_changes_no_domain_that_is_there(psql: Psql, pair: Pair, change: str) -> None:
    attacker, victim = pair
    statement = f"UPDATE public.domains SET {change} WHERE tenant_id = %s"  # noqa: S608  # a test's own text
    for owner in (attacker, victim):
        for claim in (attacker, None):
            assert psql.run(claim, statement, owner.id).rowcount == 0
    if NOBODY not in change:
        assert psql.run(OPERATOR, statement, attacker.id).rowcount == 1


def test_a_tenant_strikes_out_domains_of_its_own_that_are_no_address(
    psql: Psql, pair: Pair
) -> None:
    attacker, victim = pair
    with psql.connection.transaction(force_rollback=True):
        for tenant in pair:
            psql.connection.execute(CLAIM, [str(PLATFORM_TENANT_ID)])
            for verified, redirects in ((None, None), ("2026-01-01", "2100-01-01")):
                name = f"{redirects or 'plain'}.{tenant.slug}.example"
                psql.connection.execute(
                    ADD_DOMAIN.replace("'stolen.example'", f"'{name}'"),
                    [tenant.id, NO, verified, redirects, ""],
                )
        delete = "DELETE FROM public.domains RETURNING domain"
        assert psql.rows(None, delete) == []
        assert psql.rows(attacker, delete) == [(f"plain.{attacker.slug}.example",)]
        assert psql.rows(victim, delete) == [(f"plain.{victim.slug}.example",)]


def test_anothers_challenge_cannot_be_written_down(psql: Psql, pair: Pair) -> None:
    """It stands in DNS for all to read, and proves the name for whoever's row holds it."""
    attacker, victim = pair
    challenge = "challenge-of-the-victim"
    with psql.connection.transaction(force_rollback=True):
        psql.connection.execute(CLAIM, [str(victim.id)])
        psql.connection.execute(ADD_DOMAIN, [victim.id, NO, None, None, challenge])
        values = (attacker.id, NO, None, None)
        psql.run(attacker, ADD_DOMAIN, *values, "another-challenge")
        psql.refuses(attacker, ADD_DOMAIN, *values, challenge, error=errors.UniqueViolation)


def test_a_condition_that_fails_on_another_tenants_value_is_never_tried(
    psql: Psql, pair: Pair
) -> None:
    """``email::int`` would fail on, and so tell of, any row that it reaches."""
    probe = f"SELECT 1 FROM {{their}}.users WHERE username = 'only-at-{pair.victim.slug}' "  # noqa: S608  # a test's own text
    probe += "AND email::int = 1"
    assert psql.rows(pair.attacker, probe) == []
    psql.refuses(pair.victim, probe, error=errors.InvalidTextRepresentation)


def test_the_record_of_migrations_tells_no_placement_apart(psql: Psql, schemas: list[str]) -> None:
    query = "SELECT app, name FROM {}.{} ORDER BY 1, 2"
    found = {tuple(psql.rows(None, query.format(schema, MIGRATIONS_TABLE))) for schema in schemas}
    assert len(found) == 1
