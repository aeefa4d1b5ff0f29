"""How a transaction enters a tenant's scope: the database knows where the tenant is."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.db import DatabaseError, InternalError, ProgrammingError, connection, transaction
from django.utils import timezone

from rbac.models import User
from tenants.context import tenant_scope
from tenants.database.entrance import EXCLUSIVE_LOCK, NO_SUCH_TENANT, STALE_SNAPSHOT
from tenants.database.roles import as_owner
from tenants.models import Placement, Tenant, Tier

if TYPE_CHECKING:
    from tests.tenants.conftest import Plain
    from tests.throwaway import ThrowawayTenants


@pytest.fixture
def customer(committed_tenants: ThrowawayTenants) -> Tenant:
    return committed_tenants(Tier.STANDARD)


def fence(tenant: Tenant, seconds: int) -> None:
    with as_owner():
        until = timezone.now() + timedelta(seconds=seconds)
        Tenant.objects.filter(pk=tenant.pk).update(writes_fenced_until=until)


def add_user(name: str) -> None:
    User.objects.create(username=name, password="!")


def test_a_fenced_tenant_is_read_only_for_everybody_who_enters(customer: Tenant) -> None:
    with tenant_scope(customer):
        add_user("before")
    fence(customer, 60)
    with tenant_scope(customer):
        assert User.objects.filter(username="before").exists()
        with pytest.raises(InternalError, match="read-only transaction"):
            add_user("autocommit")
        with pytest.raises(InternalError, match="read-only transaction"), transaction.atomic():
            add_user("atomic")
    fence(customer, -1)
    with tenant_scope(customer):
        add_user("after")
        assert set(User.objects.values_list("username", flat=True)) == {"before", "after"}


def test_the_fence_of_one_tenant_is_not_anothers(
    customer: Tenant, committed_tenants: ThrowawayTenants
) -> None:
    neighbour = committed_tenants(Tier.STANDARD)
    fence(customer, 60)
    assert neighbour.placement_id == customer.placement_id
    with tenant_scope(neighbour):
        add_user("unhindered")
        assert User.objects.count() == 1


def test_rolling_back_to_a_savepoint_does_not_lift_the_fence(customer: Tenant) -> None:
    fence(customer, 60)
    with tenant_scope(customer), transaction.atomic():
        with (
            pytest.raises(InternalError, match="cannot execute INSERT in a read-only transaction"),
            transaction.atomic(),
        ):
            add_user("inside")
        with (
            pytest.raises(InternalError, match="cannot execute INSERT in a read-only transaction"),
            transaction.atomic(),
        ):
            add_user("again")


def test_the_placement_is_the_databases_and_not_the_processs(
    customer: Tenant, committed_tenants: ThrowawayTenants
) -> None:
    """A process that looked the tenant up before it moved reads where it is now."""
    elsewhere = committed_tenants(Tier.ENTERPRISE).placement
    stale = Tenant.objects.select_related("placement").get(pk=customer.pk)
    with tenant_scope(stale):
        add_user("in-the-pool")
    with as_owner():
        Tenant.objects.filter(pk=customer.pk).update(placement=elsewhere)
    try:
        with tenant_scope(stale):
            assert not User.objects.exists()
            with connection.cursor() as cursor:
                cursor.execute("SELECT current_setting('search_path')")
                assert cursor.fetchone() == (f"{elsewhere.schema_name}, public",)
    finally:
        with as_owner():
            Tenant.objects.filter(pk=customer.pk).update(placement=customer.placement)
    with tenant_scope(stale):
        assert User.objects.get().username == "in-the-pool"


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_snapshot_from_before_a_move_leads_nobody_to_the_old_placement(
    customer: Tenant, committed_tenants: ThrowawayTenants, psql_as_app: Plain, level: str
) -> None:
    """What it wrote there would belong to nobody, and be erased with the rest of the copy."""
    elsewhere = committed_tenants(Tier.ENTERPRISE).placement
    with pytest.raises(psycopg.Error) as error:
        _path_after_a_move(psql_as_app, level, customer, elsewhere)
    assert error.value.sqlstate == STALE_SNAPSHOT
    path = _path_after_a_move(psql_as_app, "READ COMMITTED", customer, customer.placement)
    assert path == f"{customer.schema_name}, public"


def _path_after_a_move(plain: Plain, level: str, tenant: Tenant, to: Placement) -> str:
    """Where a transaction finds itself that began before a tenant moved and enters it after."""
    with plain.transaction():
        plain.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
        plain.execute("SELECT FROM tenants")
        with as_owner():
            Tenant.objects.filter(pk=tenant.pk).update(placement=to)
        plain.execute("SELECT enter_tenant(%s)", [tenant.pk])
        found = plain.execute("SELECT current_setting('search_path')").fetchone()
        assert found is not None
        return str(found[0])


def test_a_tenant_that_does_not_exist_cannot_be_entered(customer: Tenant) -> None:
    nobody = Tenant(id=uuid.uuid4(), slug="nobody", placement=customer.placement)
    with tenant_scope(nobody), pytest.raises(DatabaseError, match="There is no tenant") as refused:
        User.objects.count()
    assert getattr(refused.value.__cause__, "sqlstate", None) == NO_SUCH_TENANT
    with tenant_scope(customer):
        assert User.objects.count() == 0


def test_whoever_is_inside_is_waited_for_and_nobody_enters_meanwhile(customer: Tenant) -> None:
    """What a move rests on: its lock and the transactions of the tenant exclude each other."""
    inside, done = threading.Event(), threading.Event()
    outcome: list[str] = []

    def visit() -> None:
        with tenant_scope(customer), transaction.atomic():
            User.objects.count()
            inside.set()
            done.wait(10)
        connection.close()

    visitor = threading.Thread(target=visit)
    visitor.start()
    assert inside.wait(10)
    try:
        with as_owner(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '50ms'")
            cursor.execute(EXCLUSIVE_LOCK, [str(customer.pk)])
    except Exception as error:  # noqa: BLE001  # its class is looked at below
        outcome.append(type(error.__cause__).__name__)
    done.set()
    visitor.join()
    assert outcome == [psycopg.errors.LockNotAvailable.__name__]
    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(EXCLUSIVE_LOCK, [str(customer.pk)])
        assert not _can_enter(customer)
    assert _can_enter(customer)


def _can_enter(tenant: Tenant) -> bool:
    """Whether another connection can enter now, without waiting for long."""
    answers: list[Any] = []

    def visit() -> None:
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '50ms'")
                with tenant_scope(tenant):
                    answers.append(User.objects.count())
        except Exception as error:  # noqa: BLE001  # it could not
            answers.append(type(error.__cause__).__name__)
        connection.close()

    thread = threading.Thread(target=visit)
    thread.start()
    thread.join()
    return answers == [0]


def test_entering_a_placement_that_is_gone_shows_nothing(customer: Tenant) -> None:
    """No schema, no table: an error, and never another schema's rows."""
    with as_owner():
        gone = Placement.objects.create(schema_name="t_gone", kind="dedicated")
        Tenant.objects.filter(pk=customer.pk).update(placement=gone)
    try:
        with tenant_scope(customer), pytest.raises(ProgrammingError, match="does not exist"):
            User.objects.count()
    finally:
        with as_owner():
            Tenant.objects.filter(pk=customer.pk).update(placement=customer.placement)
            gone.delete()
