"""What the application role can do to itself and to its other sessions: all tenants share it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections
from psycopg import errors, sql

from tenants.context import tenant_scope
from tenants.database.setup import LEAKY_FUNCTIONS, ROLE_SETTINGS
from tenants.models import PLATFORM_TENANT_ID, Tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services import Services
    from tests.tenants.conftest import Plain
    from tests.throwaway import ThrowawayTenants

OTHERS_STATEMENTS = "SELECT pg_stat_get_backend_activity(b) FROM pg_stat_get_backend_idset() b"


def test_no_statement_of_another_session_is_seen(
    psql_as_app: Plain, services: Services, database_name: str
) -> None:
    with psycopg.connect(services.app_url(database_name), autocommit=True) as other:
        other.execute("SELECT 'the secret of another tenant'")
        with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
            psql_as_app.execute(OTHERS_STATEMENTS)
        assert psql_as_app.execute("SELECT pg_backend_pid() > 0").fetchone() == (True,)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM pg_stat_get_activity(NULL)",
        "SELECT * FROM pg_locks",
        "SELECT * FROM pg_prepared_statements",
        "SELECT * FROM pg_cursors",
        "SELECT * FROM pg_stat_progress_copy",
        "SELECT pg_stat_get_backend_client_addr(1)",
        "SELECT pg_blocking_pids(1)",
        "SELECT pg_cancel_backend(pg_backend_pid())",
        "SELECT pg_terminate_backend(pg_backend_pid())",
    ],
)
def test_no_other_session_is_looked_at_or_ended(psql_as_app: Plain, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
        psql_as_app.execute(statement)


def test_the_application_role_may_execute_no_leaky_function(psql_as_app: Plain) -> None:
    rows = psql_as_app.execute(
        "SELECT oid::regprocedure::text, has_function_privilege(oid, 'EXECUTE') FROM pg_proc "
        "WHERE proname ~ %s",
        [LEAKY_FUNCTIONS],
    ).fetchall()
    assert len(rows) > 15
    assert [name for name, may in rows if may] == []


def test_nobody_looks_around_from_another_database(services: Services) -> None:
    for database in ("postgres", "template1"):
        with pytest.raises(psycopg.OperationalError, match="CONNECT privilege"):
            psycopg.connect(services.app_url(database))


@pytest.fixture
def victim(committed_tenants: ThrowawayTenants) -> Tenant:
    return committed_tenants()


@pytest.fixture
def _stored_for_the_role(
    victim: Tenant, psql_as_app: Plain, database_name: str, services: Services
) -> Iterator[None]:
    """As an attacker would have it: each later session looks into the victim's schema."""
    stored = {"search_path": f"{victim.schema_name}, public"}
    role = sql.SQL("ALTER ROLE CURRENT_USER IN DATABASE {} ").format(sql.Identifier(database_name))
    configured = connections.settings[DEFAULT_DB_ALIAS]
    pooled: dict[str, Any] = {"HOST": configured["HOST"], "PORT": configured["PORT"]}
    for name, value in stored.items():
        psql_as_app.execute(role + sql.SQL("SET {} = {}").format(sql.SQL(name), value))
    try:
        connection.close()
        configured.update(HOST=services.host, PORT=services.port)
        yield
    finally:
        connection.close()
        configured.update(pooled)
        for name in stored:  # as setup_database left it, for the tests that come
            psql_as_app.execute(
                role + sql.SQL("SET {} = {}").format(sql.SQL(name), ROLE_SETTINGS[name])
            )


def test_no_tenant_is_stored_for_the_role(psql_as_app: Plain) -> None:
    with pytest.raises(
        errors.InsufficientPrivilege, match=r"permission denied to set parameter|permission denied"
    ):
        psql_as_app.execute(
            f"ALTER ROLE CURRENT_USER SET app.current_tenant = '{PLATFORM_TENANT_ID}'"
        )


@pytest.mark.usefixtures("_stored_for_the_role")
def test_what_is_stored_for_the_role_decides_nothing(
    victim: Tenant, services: Services, database_name: str
) -> None:
    asked = "SELECT current_setting('app.current_tenant', true), current_setting('search_path')"
    with psycopg.connect(services.app_url(database_name), autocommit=True) as plain:
        row: Any = plain.execute(asked).fetchone()
        assert victim.schema_name in row[1], "the attack works on a session that trusts the role"
    with connection.cursor() as cursor:
        cursor.execute(asked)
        assert cursor.fetchone() == ("", "public")
    assert Tenant.objects.filter(slug="acme").exists()
    with tenant_scope(victim), connection.cursor() as cursor:
        cursor.execute(asked)
        assert cursor.fetchone() == (str(victim.id), f"{victim.schema_name}, public")
