"""Work on tenants: queued with the request, done once, taken up again after a kill."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections, transaction

from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.management.operations import finish_operation
from tenants.models import Operation, OperationKind, OperationStatus, Tenant
from tenants.operations.runner import HANDLERS, MAX_ATTEMPTS, run_one, run_queued
from tenants.operations.services import OperationHasMovedOn, cancel_operation, retry_operation
from tenants.operations.upkeep import drain_queue, provision_pending
from tenants.queue import OperationInProgress, enqueue
from tests.conftest import ACTOR
from tests.throwaway import platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.plugin import DjangoDbBlocker

    from tenants.queue import Report

Handler = Any
_handler: Handler = None


def handler(operation: Operation, report: Report) -> dict[str, Any] | None:
    """What carries out moves during a test."""
    result: dict[str, Any] | None = _handler(operation, report)
    return result


@pytest.fixture
def queued(
    django_db_setup: None,  # noqa: ARG001  # the platform must be there
    django_db_blocker: DjangoDbBlocker,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[Handler], Operation]]:
    """Queues an operation that a function carries out; all are gone afterwards."""
    monkeypatch.setitem(HANDLERS, OperationKind.MOVE, handler)
    made: list[uuid.UUID] = []

    def queue(function: Handler) -> Operation:
        monkeypatch.setattr(f"{__name__}._handler", function)
        tenant = Tenant(id=uuid.uuid4(), slug="somebody")
        with tenant_scope(platform()), transaction.atomic():
            operation = enqueue(OperationKind.MOVE, tenant, actor=ACTOR, parameters={"to": "x"})
        made.append(operation.pk)
        return operation

    with django_db_blocker.unblock():
        with as_owner():
            # What another test left waiting would be done, and counted, as well.
            Operation.objects.filter(status__in=("queued", "running")).delete()
        try:
            yield queue
        finally:
            with as_owner():
                Operation.objects.filter(pk__in=made).delete()
            connections.close_all()


def now(operation: Operation) -> Operation:
    with tenant_scope(platform()):
        return Operation.objects.get(pk=operation.pk)


def test_an_operation_is_done_once_and_tells_its_result(queued: Any) -> None:
    calls = []

    def work(operation: Operation, _report: Report) -> dict[str, Any]:
        calls.append(operation.parameters)
        return {"rows": 3}

    operation = queued(work)
    lines: list[str] = []
    assert run_queued(lines.append) == 1
    assert run_queued() == 0
    assert calls == [{"to": "x"}]
    ended = now(operation)
    assert (ended.status, ended.result, ended.attempts) == ("done", {"rows": 3}, 1)
    assert ended.started_at <= ended.finished_at  # type: ignore[operator]  # both are set
    assert lines == ["move somebody: done"]


def test_progress_shows_while_the_work_is_uncommitted(queued: Any) -> None:
    seen: list[tuple[str, int, int]] = []

    def work(operation: Operation, report: Report) -> None:
        with transaction.atomic():
            report.step("copying rows", total=10)
            shown = now_elsewhere(operation)
            seen.append((shown.step, shown.done, shown.total))

    queued(work)
    run_queued()
    assert seen == [("copying rows", 0, 10)]


def test_whoever_watches_sees_each_step_and_how_far_it_is(queued: Any) -> None:
    seen: list[tuple[str, int]] = []

    class Watcher:
        def step(self, name: str, *, total: int = 0) -> None:
            seen.append((name, total))

        def advance(self, units: int = 1) -> None:
            seen.append(("", units))

    def work(_operation: Operation, report: Report) -> None:
        report.step("copying rows", total=10)
        report.advance(7)
        report.advance(3)

    lines: list[str] = []
    assert run_one(queued(work), lines.append, Watcher())
    assert seen == [("move somebody: copying rows", 10), ("", 7), ("", 3)]
    assert lines == ["move somebody: done"]


def now_elsewhere(operation: Operation) -> Operation:
    """The operation as another process sees it."""
    found: list[Operation] = []

    def look() -> None:
        found.append(now(operation))
        connections.close_all()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return found[0]


def test_a_failure_is_told_and_holds_up_nobody(queued: Any) -> None:
    def fail(_operation: Operation, _report: Report) -> None:
        raise ValueError("the target is full")

    operation = queued(fail)
    assert run_queued() == 1
    failed = now(operation)
    assert (failed.status, failed.failure) == ("failed", "ValueError: the target is full")
    with tenant_scope(platform()):
        assert retry_operation(failed, actor=ACTOR).status == OperationStatus.QUEUED
        with pytest.raises(OperationHasMovedOn, match="it would have to be failed"):
            retry_operation(failed, actor=ACTOR)
        assert cancel_operation(failed, actor=ACTOR).status == OperationStatus.CANCELLED
    assert run_queued() == 0


def test_what_a_killed_process_left_running_is_taken_up_again(queued: Any) -> None:
    operation = queued(lambda _operation, _report: None)
    with as_owner():
        Operation.objects.filter(pk=operation.pk).update(status="running", attempts=1)
    assert run_queued() == 1
    assert (now(operation).status, now(operation).attempts) == ("done", 2)


def test_what_always_kills_its_process_is_given_up(queued: Any) -> None:
    operation = queued(lambda _operation, _report: None)
    with as_owner():
        Operation.objects.filter(pk=operation.pk).update(status="running", attempts=MAX_ATTEMPTS)
    run_queued()
    assert now(operation).status == "failed"
    assert "Interrupted" in now(operation).failure


def test_two_processes_never_do_the_same_operation(queued: Any) -> None:
    """While one works on it, another finds nothing to do."""
    others: list[int] = []

    def work(_operation: Operation, _report: Report) -> None:
        def run() -> None:
            others.append(run_queued())
            connections.close_all()

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()

    operation = queued(work)
    assert run_queued() == 1
    assert others == [0]
    assert (now(operation).status, now(operation).attempts) == ("done", 1)


def test_a_command_waits_for_a_provisioner_that_was_faster(queued: Any) -> None:
    begun, watched = threading.Event(), threading.Event()

    def work(_operation: Operation, report: Report) -> dict[str, int]:
        report.step("copying")
        begun.set()
        assert watched.wait(60)
        return {"rows": 3}

    def provision() -> None:
        run_queued()
        connections.close_all()

    def warn(line: str) -> None:
        news.append(line)
        watched.set()

    news: list[str] = []
    steps: list[str] = []
    operation = queued(work)
    provisioner = threading.Thread(target=provision)
    provisioner.start()
    assert begun.wait(60)
    with as_owner():
        finish_operation(operation, steps.append, warn)
    provisioner.join()
    assert news == [f"Another process does it ({operation}); waiting for it: copying"]
    assert not steps
    assert (operation.status, operation.attempts) == ("done", 1)
    assert operation.result == {"rows": 3}


def test_a_tenant_has_one_operation_at_a_time(queued: Any) -> None:
    operation = queued(lambda _operation, _report: None)
    tenant = Tenant(id=operation.tenant_id, slug="somebody")
    with (
        tenant_scope(platform()),
        transaction.atomic(),
        pytest.raises(OperationInProgress, match="Wait until the present operation on somebody"),
    ):
        enqueue(OperationKind.DELETE, tenant, actor=ACTOR)
    run_queued()
    with tenant_scope(platform()), transaction.atomic():
        assert enqueue(OperationKind.DELETE, tenant, actor=ACTOR).status == "queued"
        transaction.set_rollback(True)


def test_what_is_rolled_back_was_never_queued(queued: Any) -> None:
    known = queued(lambda _operation, _report: None)
    run_queued()
    tenant = Tenant(id=known.tenant_id, slug="somebody")
    with tenant_scope(platform()), transaction.atomic():
        enqueue(OperationKind.MOVE, tenant, actor=ACTOR)
        transaction.set_rollback(True)
    assert run_queued() == 0


def test_a_customer_sees_its_own_operations_only(queued: Any, django_db_setup: None) -> None:
    del django_db_setup
    operation = queued(lambda _operation, _report: None)
    acme = Tenant.objects.select_related("placement").get(slug="acme")
    with tenant_scope(acme):
        assert not Operation.objects.filter(pk=operation.pk).exists()
    with as_owner():
        Operation.objects.filter(pk=operation.pk).update(tenant_id=acme.pk)
    with tenant_scope(acme):
        assert Operation.objects.filter(pk=operation.pk).exists()
        assert Operation.objects.filter(pk=operation.pk).update(status="done") == 0


def test_whoever_makes_a_tenant_does_nobody_elses_work(queued: Any) -> None:
    """``create_tenant`` and ``migrate_schemas`` provision; moves wait for the provisioner."""
    operation = queued(lambda _operation, _report: None)
    provision_pending()
    assert now(operation).status == OperationStatus.QUEUED
    drain_queue()
    assert now(operation).status == OperationStatus.DONE
