"""Outside transactions: autocommit, lost connections, threads, and what is really sent."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError

from rbac.models import Role, User
from tenants.context import NoTenantScope, current_tenant_or_none, tenant_scope
from tenants.models import Tenant, Tier
from tests.throwaway import ThrowawayTenants

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from pytest_django.plugin import DjangoDbBlocker


@pytest.fixture(scope="module")
def _throwaway(
    django_db_setup: None,  # noqa: ARG001  # the platform must be there
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[dict[str, tuple[Tenant, Tenant]]]:
    with django_db_blocker.unblock(), ThrowawayTenants() as make:
        standard, neighbour, enterprise = make(), make(), make(Tier.ENTERPRISE)
        yield {Tier.STANDARD: (standard, neighbour), Tier.ENTERPRISE: (enterprise, standard)}


@pytest.fixture(params=[Tier.STANDARD, Tier.ENTERPRISE])
def pair(
    request: pytest.FixtureRequest,
    _throwaway: dict[str, tuple[Tenant, Tenant]],
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[tuple[Tenant, Tenant]]:
    """A tenant of each tier in turn with another one; both without users."""
    found = _throwaway[request.param]
    with django_db_blocker.unblock():
        yield found
        for tenant in found:
            with tenant_scope(tenant):
                User.objects.all().delete()
        connection.close()


def names() -> set[str]:
    return set(User.objects.values_list("username", flat=True))


def context() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('search_path'), current_setting('app.current_tenant', true)"
        )
        path, tenant_id = cursor.fetchone()
    return path, tenant_id or ""


def test_autocommit_statements_run_in_their_scope(pair: tuple[Tenant, Tenant]) -> None:
    tenant, other = pair
    assert connection.get_autocommit()
    with tenant_scope(tenant):
        User.objects.create(username="mine")
        with tenant_scope(other):
            assert names() == set()
            assert context() == (f"{other.schema_name}, public", str(other.id))
        assert names() == {"mine"}
    assert context() == ("public", "")


def test_autocommit_leaves_nothing_on_the_server_connection(pair: tuple[Tenant, Tenant]) -> None:
    tenant, _ = pair
    with tenant_scope(tenant):
        names()
    raw: psycopg.Connection[Any] = connection.connection
    assert raw.info.transaction_status is psycopg.pq.TransactionStatus.IDLE
    found = raw.execute("SELECT nullif(current_setting('app.current_tenant', true), '')").fetchone()
    assert found == (None,)


def test_executemany_is_one_transaction_of_its_own(pair: tuple[Tenant, Tenant]) -> None:
    tenant, _ = pair
    statement = "UPDATE roles SET description = %s WHERE key = %s"
    with tenant_scope(tenant), connection.cursor() as cursor:
        cursor.executemany(statement, [["many", "admin"], ["many", "viewer"]])
        assert Role.objects.filter(description="many").count() == 2
        with pytest.raises(DatabaseError, match="NUL"):
            cursor.executemany(statement, [["broken", "admin"], ["x\0", "viewer"]])
        assert not Role.objects.filter(description="broken").exists()
        cursor.execute("UPDATE roles SET description = ''")
    assert connection.get_autocommit()


@pytest.mark.parametrize("operation", ["copy", "stream"])
def test_copy_and_stream_need_a_transaction_in_a_scope(
    pair: tuple[Tenant, Tenant], operation: str
) -> None:
    tenant, _ = pair
    query = {"copy": "COPY roles (key) TO STDOUT", "stream": "SELECT key FROM roles"}[operation]
    with tenant_scope(tenant), connection.cursor() as cursor:
        with pytest.raises(TransactionManagementError, match=r"transaction\.atomic"):
            getattr(cursor, operation)(query)
        with transaction.atomic():
            found = _read(cursor, operation, query)
    assert "admin" in found


def _read(cursor: Any, operation: str, query: str) -> str:
    if operation == "stream":
        return " ".join(row[0] for row in cursor.stream(query))
    with cursor.copy(query) as rows:
        return b" ".join(bytes(row) for row in rows).decode()


def test_a_failed_statement_in_autocommit_leaves_the_next_one_alone(
    pair: tuple[Tenant, Tenant],
) -> None:
    tenant, other = pair
    with tenant_scope(tenant):
        with pytest.raises(DatabaseError, match="division by zero"):
            connection.cursor().execute("SELECT 1/0")
        assert context()[1] == str(tenant.id)
    with tenant_scope(other):
        assert context()[1] == str(other.id)


def test_a_lost_transaction_is_an_error_and_the_next_request_works(
    pair: tuple[Tenant, Tenant], superuser_url: str
) -> None:
    tenant, _ = pair
    with tenant_scope(tenant):
        with pytest.raises(OperationalError, match="terminating connection"):
            _be_killed_in_a_transaction(superuser_url)
        # What Django does at the beginning of every request.
        connection.close_if_unusable_or_obsolete()
        assert names() == set()
        User.objects.create(username="after")
        assert names() == {"after"}


@transaction.atomic
def _be_killed_in_a_transaction(superuser_url: str) -> None:
    User.objects.create(username="lost")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with psycopg.connect(superuser_url) as superuser:
        superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    User.objects.create(username="never")


def test_a_connection_that_was_closed_while_idle_is_noticed(pair: tuple[Tenant, Tenant]) -> None:
    tenant, _ = pair
    with tenant_scope(tenant):
        names()
    assert connection.is_usable()
    connection.connection.close()
    assert not connection.is_usable()
    connection.close_if_unusable_or_obsolete()
    with tenant_scope(tenant):
        assert names() == set()


def test_a_thread_starts_without_a_scope_and_may_take_one(pair: tuple[Tenant, Tenant]) -> None:
    tenant, other = pair
    with tenant_scope(other):
        User.objects.create(username="of-other")
    seen: dict[str, object] = {}

    def work() -> None:
        seen["inherited"] = current_tenant_or_none()
        try:
            names()
        except NoTenantScope as error:
            seen["error"] = error
        with tenant_scope(other):
            seen["names"] = names()
        connection.close()

    with tenant_scope(tenant):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert names() == set()
    assert seen["inherited"] is None
    assert isinstance(seen["error"], NoTenantScope)
    assert seen["names"] == {"of-other"}


def _disconnect() -> None:
    """Named, so that it is this thread's connection that is closed."""
    connection.close()


def test_interleaved_coroutines_keep_their_scopes(pair: tuple[Tenant, Tenant]) -> None:
    async def work(tenant: Tenant, turns: int) -> set[str]:
        with tenant_scope(tenant):
            seen = set()
            for _ in range(turns):
                await asyncio.sleep(0)
                _, tenant_id = await sync_to_async(context)()
                seen.add(tenant_id)
            return seen

    async def both() -> list[set[str]]:
        try:
            return await asyncio.gather(*(work(tenant, turns=5) for tenant in pair))
        finally:
            await sync_to_async(_disconnect)()

    assert asyncio.run(both()) == [{str(tenant.id)} for tenant in pair]


def test_a_generator_is_no_place_for_a_scope_but_never_shows_foreign_rows(
    pair: tuple[Tenant, Tenant],
) -> None:
    """A suspended generator leaves its scope to its caller, so reads are the scope's own."""
    tenant, other = pair

    def rows() -> Generator[str, None, None]:
        with tenant_scope(other):
            yield from names()
            yield context()[1]

    with tenant_scope(tenant):
        User.objects.create(username="mine")
        generator = rows()
        assert next(generator) == str(other.id)
        generator.close()
        assert context()[1] == str(tenant.id)
