"""Inside transactions every statement runs under the scope that is active when it is sent."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg import sql

from rbac.models import Role, User
from tenants.context import no_tenant_scope, tenant_scope

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Rivals

Form = Callable[[str], Any]


class Undo(Exception):
    """Raised by a test to roll a block back."""


def context() -> tuple[str, str]:
    """The search path and the tenant, as the database sees them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('search_path'), current_setting('app.current_tenant', true)"
        )
        path, tenant_id = cursor.fetchone()
    return path, tenant_id or ""


def expected(tenant: Tenant) -> tuple[str, str]:
    return f"{tenant.schema_name}, public", str(tenant.id)


def add(name: str) -> None:
    User.objects.create(username=name)


def names() -> set[str]:
    return set(User.objects.values_list("username", flat=True))


@pytest.mark.usefixtures("db")
def test_outside_a_scope_only_shared_tables_are_on_the_path() -> None:
    assert context() == ("public", "")
    with (
        pytest.raises(ProgrammingError, match='relation "users" does not exist') as error,
        transaction.atomic(),
    ):
        connection.cursor().execute("SELECT * FROM users")
    assert any("tenant_scope" in note for note in error.value.__cause__.__notes__)  # type: ignore[union-attr]  # psycopg's error carries the hint


def test_raw_sql_in_a_scope_sees_that_tenant_only(rivals: Rivals) -> None:
    for tenant in rivals:
        with tenant_scope(tenant):
            add(f"of-{tenant.slug}")
    for tenant in rivals:
        with tenant_scope(tenant), connection.cursor() as cursor:
            cursor.execute("SELECT username FROM users")
            assert cursor.fetchall() == [(f"of-{tenant.slug}",)]


def test_scopes_may_change_within_a_transaction(rivals: Rivals) -> None:
    attacker, victim = rivals
    with transaction.atomic():
        with tenant_scope(attacker):
            assert context() == expected(attacker)
            with tenant_scope(victim):
                assert context() == expected(victim)
                with no_tenant_scope():
                    assert context() == ("public", "")
                assert context() == expected(victim)
            assert context() == expected(attacker)
        assert context() == ("public", "")


def test_a_rollback_to_a_savepoint_does_not_bring_back_an_older_scope(rivals: Rivals) -> None:
    attacker, victim = rivals
    with tenant_scope(attacker):
        assert context() == expected(attacker)
        with tenant_scope(victim):
            with suppress(Undo), transaction.atomic():
                # The context of the victim is first sent inside the savepoint.
                add("undone")
                raise Undo
            # PostgreSQL has now gone back to the attacker's.
            assert context() == expected(victim)
            assert names() == set()
        assert context() == expected(attacker)


@pytest.mark.parametrize(
    "form",
    [
        str,
        str.encode,
        lambda text: sql.SQL(text).format(),
        lambda text: f"/* by hand */ {text}",
        lambda text: f"{text}; SELECT 1",
    ],
    ids=["text", "bytes", "composed", "comment", "several"],
)
def test_a_rollback_is_noticed_however_it_is_written(rivals: Rivals, form: Form) -> None:
    attacker, victim = rivals
    with connection.cursor() as cursor:
        with tenant_scope(attacker):
            cursor.execute("SAVEPOINT here")
        with tenant_scope(victim):
            assert context() == expected(victim)
            cursor.execute(form("ROLLBACK TO SAVEPOINT here"))
            assert context() == expected(victim)


def test_a_released_savepoint_keeps_the_scope_it_set(rivals: Rivals) -> None:
    attacker, victim = rivals
    with tenant_scope(attacker):
        add("kept")
        with transaction.atomic():
            with tenant_scope(victim):
                add("kept too")
            assert context() == expected(attacker)
        assert names() == {"kept"}
    with tenant_scope(victim):
        assert names() == {"kept too"}


def test_nested_savepoints_and_scopes_in_every_order(rivals: Rivals) -> None:
    attacker, victim = rivals
    with transaction.atomic(), tenant_scope(attacker):
        add("outer")
        with suppress(Undo), transaction.atomic(), tenant_scope(victim):
            add("undone")
            with transaction.atomic(), tenant_scope(attacker):
                add("undone-inner")
                assert context() == expected(attacker)
            assert context() == expected(victim)
            raise Undo
        assert context() == expected(attacker)
        assert names() == {"outer"}
    with tenant_scope(victim):
        assert names() == set()


def test_a_failed_statement_leaves_the_right_scope_behind(rivals: Rivals) -> None:
    attacker, victim = rivals
    with tenant_scope(attacker):
        add("mine")
        with tenant_scope(victim):
            with pytest.raises(DatabaseError, match="division"), transaction.atomic():
                connection.cursor().execute("SELECT 1/0")
            assert context() == expected(victim)
        assert context() == expected(attacker)


def test_a_statement_that_never_reached_the_server_took_no_context_with_it(
    rivals: Rivals,
) -> None:
    """A parameter that psycopg cannot adapt fails before anything is sent."""
    attacker, victim = rivals
    with tenant_scope(attacker):
        add("mine")
        with tenant_scope(victim):
            with pytest.raises(ProgrammingError, match="cannot adapt"):
                connection.cursor().execute("SELECT %s", [object()])  # type: ignore[list-item]  # on purpose
            assert context() == expected(victim)
            assert names() == set()


def test_after_a_doubtful_statement_leaving_the_scope_leaves_its_context_too(
    tenant: Tenant,
) -> None:
    with tenant_scope(tenant):
        assert context() == expected(tenant)
        with (
            pytest.raises(ProgrammingError, match="cannot adapt"),
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT %s", [object()])  # type: ignore[list-item]  # fails in the driver, unsent
    assert context() == ("public", "")


def test_after_a_rollback_to_a_savepoint_leaving_the_scope_leaves_its_context_too(
    tenant: Tenant,
) -> None:
    with tenant_scope(tenant):
        assert context() == expected(tenant)
        with suppress(Undo), transaction.atomic():
            User.objects.count()
            raise Undo
    assert context() == ("public", "")


def test_a_syntax_error_in_the_first_statement_is_only_an_error(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        with pytest.raises(ProgrammingError, match="syntax error"), transaction.atomic():
            connection.cursor().execute("SELEC 1")
        add("after")
        assert names() == {"after"}


def test_executemany_runs_in_the_scope(rivals: Rivals) -> None:
    attacker, victim = rivals
    with tenant_scope(attacker):
        roles = list(Role.objects.values_list("key", flat=True)[:3])
        with tenant_scope(victim), connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE roles SET description = 'changed' WHERE key = %s", [[key] for key in roles]
            )
        assert not Role.objects.filter(description="changed").exists()
    with tenant_scope(victim):
        assert Role.objects.filter(description="changed").count() == 3


def test_copy_runs_in_the_scope(rivals: Rivals) -> None:
    attacker, victim = rivals
    with tenant_scope(victim):
        add("secret")
    with tenant_scope(attacker):
        add("own")
        with connection.cursor() as cursor, cursor.copy("COPY users (username) TO STDOUT") as rows:
            assert [bytes(row) for row in rows] == [b"own\n"]


def test_stream_runs_in_the_scope(rivals: Rivals) -> None:
    attacker, victim = rivals
    with tenant_scope(victim):
        add("secret")
    with tenant_scope(attacker):
        add("own")
        with connection.cursor() as cursor:
            assert list(cursor.stream("SELECT username FROM users")) == [("own",)]


def test_an_iterator_keeps_the_rows_of_the_scope_it_began_in(rivals: Rivals) -> None:
    attacker, victim = rivals
    for tenant in rivals:
        with tenant_scope(tenant):
            User.objects.bulk_create(User(username=f"{tenant.slug}-{n}") for n in range(5))
    with tenant_scope(attacker):
        rows = User.objects.order_by("username").iterator(chunk_size=2)
        found = [next(rows).username]
        with tenant_scope(victim):
            found += [user.username for user in rows]
    assert found == [f"{attacker.slug}-{n}" for n in range(5)]


def test_an_object_saved_under_another_scope_is_refused(rivals: Rivals) -> None:
    attacker, victim = rivals
    with tenant_scope(victim):
        planted = User(username="planted")
    with tenant_scope(attacker):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            planted.save(force_insert=True)
        User(username="own").save(force_insert=True)
        assert names() == {"own"}


def test_a_named_cursor_is_refused_because_it_outlives_its_context(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        with pytest.raises(DatabaseError, match="server-side"):
            connection.chunked_cursor()
        assert list(User.objects.iterator()) == []


def test_a_plain_driver_cursor_sees_what_the_transaction_sees(tenant: Tenant) -> None:
    """Django itself uses one while connecting, when the session's time zone must be set."""
    with tenant_scope(tenant):
        add("seen")
        cursor = connection.connection.cursor()
        assert cursor.execute("SELECT username FROM users").fetchall() == [("seen",)]


def test_the_context_is_no_query_of_its_own(tenant: Tenant) -> None:
    with tenant_scope(tenant), CaptureQueriesContext(connection) as captured:
        names()
        add("one")
    assert len(captured) == 2
