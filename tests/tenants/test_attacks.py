"""What somebody can do who has the application role's password and plain SQL."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from psycopg import errors

from tenants.isolation.expectations import MIGRATIONS_TABLE, placement_rules
from tests.tenants.plain_sql import CLAIM, NOBODY, Pair, Psql, _tenants, pair, psql, schemas

if TYPE_CHECKING:
    from tests.tenants.conftest import Plain


# Fixtures: pytest finds them by their names here.
__all__ = ["_tenants", "pair", "psql", "schemas"]

TABLES = sorted(placement_rules())


WRITE_AUDIT = (
    "INSERT INTO {own}.audit_entries (id, created_at, actor_id, actor_name, action, "
    "subject_type, subject_id, subject_name, changes, request_id) "
    "SELECT gen_random_uuid(), now(), 'a', 'a', 'a', 'a', 'a', 'a', '{{}}', ''"
)


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
