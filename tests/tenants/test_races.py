"""Two who change one tenant at the same moment: whoever comes second sees what the first did."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from rbac.models import User
from tenants.context import tenant_scope
from tenants.database.entrance import EXCLUSIVE_LOCK
from tenants.database.roles import as_owner
from tenants.erasure import enqueue_due_deletions, erase
from tenants.errors import WrongStatus
from tenants.lifecycle.services import cancel_deletion, request_deletion
from tenants.models import Operation, OperationKind, OperationStatus, Tenant, TenantStatus, Tier
from tenants.moves.services import request_move
from tenants.operations.runner import run_one
from tenants.operations.services import cancel_operation
from tenants.provisioning.services import activate_waiting
from tenants.queue import enqueue
from tenants.quotas.services import override_quotas
from tenants.selectors import lock_tenant
from tests.conftest import ACTOR
from tests.tenants.archives.conftest import Silence
from tests.throwaway import platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.throwaway import ThrowawayTenants

_BLOCKED = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0
"""


class Second:
    """Does something in a thread, and stands in a queue by the end of its ``with`` block."""

    def __init__(self, superuser_url: str) -> None:
        self._url = superuser_url
        self.outcome: Any = None

    @contextmanager
    def comes(self, work: Callable[[], Any]) -> Iterator[None]:
        """Begin, once the block has taken its locks; wait until both are through."""

        def run() -> None:
            try:
                self.outcome = work()
            except Exception as error:  # noqa: BLE001  # the test looks at it
                self.outcome = error
            connections.close_all()

        thread = threading.Thread(target=run)
        with transaction.atomic():
            yield
            thread.start()
            self.until_it_waits()
        thread.join()

    def until_it_waits(self) -> None:
        """Return once somebody waits for somebody else's lock."""
        with psycopg.connect(self._url, autocommit=True) as plain:
            while plain.execute(_BLOCKED).fetchone() == (0,):
                pass


@pytest.fixture
def second(superuser_url: str) -> Second:
    return Second(superuser_url)


@pytest.fixture
def doomed(committed_tenants: ThrowawayTenants) -> Tenant:
    """A tenant with a row, whose deletion was requested."""
    tenant = committed_tenants(Tier.STANDARD)
    with tenant_scope(tenant):
        User.objects.create(username="precious")
    with tenant_scope(platform()):
        return request_deletion(tenant, actor=ACTOR)


def _queued(tenant: Tenant) -> Operation:
    with tenant_scope(platform()), transaction.atomic():
        return enqueue(OperationKind.DELETE, tenant, actor=ACTOR)


def _people(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant):
        return list(User.objects.values_list("username", flat=True))


def test_what_is_cancelled_while_the_provisioner_takes_it_up_is_not_done(
    doomed: Tenant, second: Second
) -> None:
    operation = _queued(doomed)
    with (
        tenant_scope(platform()),
        second.comes(lambda: run_one(operation)),
    ):
        cancel_operation(operation, actor=ACTOR)
    assert second.outcome is False
    with tenant_scope(platform()):
        operation.refresh_from_db()
    assert operation.status == OperationStatus.CANCELLED
    assert _people(doomed) == ["precious"]


def test_a_tenant_that_is_restored_while_its_erasure_begins_is_not_erased(
    doomed: Tenant, second: Second
) -> None:
    """As ``delete_tenant --now`` does, which queues and begins in the same breath."""
    operation = Operation(kind=OperationKind.DELETE, tenant_id=doomed.pk, subject=doomed.slug)

    def erase_it() -> object:
        with as_owner():
            return erase(operation, Silence())

    with tenant_scope(platform()), second.comes(erase_it):
        cancel_deletion(doomed, actor=ACTOR)
    assert isinstance(second.outcome, WrongStatus)
    restored = Tenant.objects.select_related("placement").get(pk=doomed.pk)
    assert (restored.status, restored.writes_fenced_until) == (TenantStatus.ACTIVE, None)
    with tenant_scope(restored):
        User.objects.create(username="writes-again")
    assert sorted(_people(restored)) == ["precious", "writes-again"]


def test_a_deletion_that_another_process_has_done_is_not_queued_again(
    doomed: Tenant, second: Second
) -> None:
    with as_owner():
        Tenant.objects.filter(pk=doomed.pk).update(deletion_due_at=timezone.now())

    def look() -> int:
        with as_owner():
            return enqueue_due_deletions()

    with as_owner(), second.comes(look):
        doomed.domains.all().delete()
        Tenant.objects.filter(pk=doomed.pk).delete()
    assert second.outcome == 0


def test_a_tenant_that_is_gone_keeps_nobody_from_being_activated(
    committed_tenants: ThrowawayTenants, second: Second
) -> None:
    """Both wait for their first rows; one is erased while the provisioner looks at them."""
    going, staying = committed_tenants(Tier.STANDARD), committed_tenants(Tier.STANDARD)
    waiting = Tenant.objects.filter(pk__in=[going.pk, staying.pk])
    lines: list[str] = []

    def activate() -> int:
        with as_owner():
            return activate_waiting(lines.append)

    with as_owner():
        waiting.update(status=TenantStatus.PROVISIONING)
        Tenant.objects.filter(pk=going.pk).update(slug="aaa-it-comes-first")
        with second.comes(activate):
            with connection.cursor() as cursor:
                cursor.execute(EXCLUSIVE_LOCK, [str(going.pk)])
            going.domains.all().delete()
            Tenant.objects.filter(pk=going.pk).delete()
    assert second.outcome == 1
    assert Tenant.objects.get(pk=staying.pk).status == TenantStatus.ACTIVE
    assert [line.partition(":")[0] for line in lines] == [
        "tenant aaa-it-comes-first",
        f"tenant {staying.slug}",
    ]


def test_an_operator_who_holds_a_tenant_and_a_mover_do_not_wait_crosswise(
    furnished: Callable[[str], Tenant], superuser_url: str
) -> None:
    """As ``invite_admin`` does: the tenant's row first, and then into its scope."""
    tenant = furnished(Tier.STANDARD)
    with tenant_scope(platform()):
        operation = request_move(tenant, tier=Tier.ENTERPRISE, actor=ACTOR)
    second, waited = Second(superuser_url), threading.Event()
    holds = threading.Event()

    def invite() -> list[str]:
        with tenant_scope(platform()), transaction.atomic():
            lock_tenant(tenant, "placement")
            holds.set()
            second.until_it_waits()
            waited.set()
            return _people(tenant)

    with ThreadPoolExecutor(1) as operator:
        invited: list[Future[list[str]]] = []

        def begin(line: str) -> None:
            if line.endswith("comparing the copy with the tenant's rows"):
                invited.append(operator.submit(_closing, invite))
                holds.wait(60)

        run_one(operation, begin)
        assert "owner" in invited[0].result(timeout=60)
    assert waited.is_set()
    with tenant_scope(platform()):
        operation.refresh_from_db()
    assert (operation.status, operation.failure) == (OperationStatus.DONE, "")


def _closing(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connections.close_all()


def _locked(tenant: Tenant) -> Tenant:
    return lock_tenant(tenant, "placement")


def _without_overrides(tenant: Tenant) -> Tenant:
    return override_quotas(tenant, overrides={}, actor=ACTOR)


@pytest.mark.parametrize(
    ("column", "change"),
    [("placement", _locked), ("plan", _without_overrides)],
    ids=["moved", "another-plan"],
)
def test_a_tenant_that_moves_or_gets_a_plan_is_still_found(
    committed_tenants: ThrowawayTenants,
    second: Second,
    column: str,
    change: Callable[[Tenant], Tenant],
) -> None:
    tenant, other = committed_tenants(Tier.STANDARD), committed_tenants(Tier.ENTERPRISE)
    before = getattr(tenant, f"{column}_id")
    after = {"placement": other.placement_id, "plan": "free"}[column]

    def change_it() -> Tenant:
        with tenant_scope(platform()), transaction.atomic():
            return change(tenant)

    with as_owner():
        with second.comes(change_it):
            Tenant.objects.filter(pk=tenant.pk).update(**{column: after})
        Tenant.objects.filter(pk=tenant.pk).update(**{column: before})
    assert isinstance(second.outcome, Tenant), second.outcome
    assert getattr(second.outcome, f"{column}_id") == after
