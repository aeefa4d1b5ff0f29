"""Background jobs: who may add one, whose it is, and that a worker's end loses none."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.db import DatabaseError, connection, connections, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.isolation.catalog import check
from tenants.isolation.jobs import STAMP, TABLES
from tenants.models import Operation, Tenant, TenantStatus
from tenants.operations.tasks import retry_stalled
from tenants.queue.jobs import add_job
from tenants.queue.worker import owner_connector
from tests.services import ROOT
from tests.throwaway import platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.plugin import DjangoDbBlocker


TASK, NO_QUEUE = "tests.nothing", "nobody-works-here"


@pytest.fixture
def database(
    django_db_setup: None,  # noqa: ARG001  # the platform must be there
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """Commits; the jobs of these tests are gone afterwards."""
    with django_db_blocker.unblock():
        yield
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE queue_name = %s", [NO_QUEUE])
        connections.close_all()


def jobs() -> list[dict[str, Any]]:
    with as_owner():
        found = ProcrastinateJob.objects.filter(queue_name=NO_QUEUE).order_by("id")
        return [job.args for job in found]


def acme() -> Tenant:
    return Tenant.objects.select_related("placement").get(slug="acme")


@pytest.mark.usefixtures("database")
def test_a_job_names_the_tenant_in_whose_scope_it_was_added() -> None:
    with tenant_scope(acme()), transaction.atomic():
        add_job(TASK, queue=NO_QUEUE, thing="1")
    assert jobs() == [{"thing": "1", "tenant_id": str(acme().pk)}]


@pytest.mark.usefixtures("database")
def test_nobody_adds_a_job_for_another_tenant() -> None:
    """Attack: the id of another tenant among the arguments."""
    victim = str(platform().pk)
    with tenant_scope(acme()), transaction.atomic():
        add_job(TASK, queue=NO_QUEUE, tenant_id=victim)
    assert jobs() == [{"tenant_id": str(acme().pk)}]


@pytest.mark.usefixtures("database")
def test_a_job_is_rolled_back_with_what_asked_for_it() -> None:
    with tenant_scope(acme()), transaction.atomic():
        add_job(TASK, queue=NO_QUEUE)
        transaction.set_rollback(True)
    assert jobs() == []


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["SELECT * FROM {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_role_reads_and_changes_no_jobs(table: str, statement: str) -> None:
    with (
        tenant_scope(acme()),
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table))
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608  # the twin; a constant


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "call",
    [
        "procrastinate_fetch_job_v2(NULL, NULL)",
        "procrastinate_cancel_job_v1({job}, true, true)",
        "procrastinate_finish_job_v1({job}, 'failed', true)",
        "procrastinate_register_worker_v1()",
    ],
)
def test_the_application_role_takes_and_ends_no_jobs(call: str) -> None:
    with tenant_scope(acme()), transaction.atomic():
        add_job(TASK, queue=NO_QUEUE)
    with as_owner():
        job = ProcrastinateJob.objects.get(queue_name=NO_QUEUE).id
    with (
        tenant_scope(acme()),
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT {call.format(job=job)}")
    assert len(jobs()) == 1


@pytest.mark.usefixtures("database")
def test_the_catalog_check_sees_that_jobs_are_not_stamped() -> None:
    with as_owner():
        assert check() == []
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER {STAMP} ON procrastinate_jobs")
            assert [found.rule for found in check()] == ["trigger-missing"]
            transaction.set_rollback(True)


@pytest.mark.usefixtures("database")
def test_of_jobs_with_a_queueing_lock_one_waits_at_a_time() -> None:
    with tenant_scope(acme()), transaction.atomic():
        for lock in ("a", "a", "b", None, None):
            add_job(TASK, queue=NO_QUEUE, queueing_lock=lock, of=str(lock))
    assert [job["of"] for job in jobs()] == ["a", "b", "None", "None"]


@pytest.mark.usefixtures("database")
def test_what_a_dead_worker_left_is_queued_anew_unless_its_like_waits() -> None:
    """One that cannot be queued anew must not keep the others from it."""
    for lock, waits in (("a", True), ("b", False)):
        with tenant_scope(acme()), transaction.atomic():
            add_job(TASK, queue=NO_QUEUE, queueing_lock=lock, of=lock)
        with as_owner(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = 'doing' "
                "WHERE queue_name = %s AND queueing_lock = %s",
                [NO_QUEUE, lock],
            )
        if waits:
            with tenant_scope(acme()), transaction.atomic():
                add_job(TASK, queue=NO_QUEUE, queueing_lock=lock, of=lock)
    with app.replace_connector(owner_connector()):
        asyncio.run(_retry_stalled())
    assert [job["of"] for job in jobs()] == ["a", "b"]
    with as_owner():
        left = ProcrastinateJob.objects.filter(queue_name=NO_QUEUE)
        assert {job.status for job in left} == {"todo"}


async def _retry_stalled() -> None:
    async with app.open_async():
        await retry_stalled(app.job_manager)


class Worker:
    """A ``run_provisioner`` of its own, with the lines that it has logged."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # our own manage.py
            [sys.executable, "-u", "manage.py", "run_provisioner"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._seen = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._seen:
                self.lines.append(line)
                self._seen.notify_all()

    def wait_for(self, text: str, times: int = 1) -> None:
        with self._seen:
            arrived = self._seen.wait_for(
                lambda: sum(text in line for line in self.lines) >= times, timeout=60
            )
        assert arrived, "".join(self.lines)

    def kill(self) -> None:
        self._process.kill()
        self.end()

    def end(self) -> int:
        self._process.terminate()
        status = self._process.wait(timeout=60)
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()
        return status


@contextmanager
def worker() -> Iterator[Worker]:
    running = Worker()
    try:
        running.wait_for("waiting for jobs")
        yield running
    finally:
        running.end()


def require_active(tenant: Tenant) -> None:
    assert Tenant.objects.get(pk=tenant.pk).status == TenantStatus.ACTIVE
    with as_owner():
        assert Operation.objects.get(tenant_id=tenant.pk).status == "done"


def test_a_worker_hears_of_a_job_when_it_commits(request_tenant: Callable[[], Tenant]) -> None:
    with worker() as running:
        tenant = request_tenant()
        running.wait_for(f"provision {tenant.slug}: done")
        require_active(tenant)
        assert running.end() == 0


def test_a_worker_outlives_the_end_of_all_its_connections(
    request_tenant: Callable[[], Tenant],
    superuser_url: str,
) -> None:
    with worker() as running:
        with psycopg.connect(superuser_url, autocommit=True) as superuser:
            superuser.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE usename = 'iac_owner' AND datname = current_database()"
            )
        tenant = request_tenant()
        running.wait_for(f"provision {tenant.slug}: done")
        require_active(tenant)


def test_the_job_of_a_killed_worker_is_done_by_the_next(
    request_tenant: Callable[[], Tenant],
) -> None:
    """The job is in the hands of a worker that is gone, and the operation half done."""
    tenant = request_tenant()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (INSERT INTO procrastinate_workers (last_heartbeat) "
            "VALUES (now() - interval '5 minutes') RETURNING id) "
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = gone.id FROM gone "
            "WHERE args @> %s",
            [json.dumps({"operation_id": str(Operation.objects.get(tenant_id=tenant.pk).pk)})],
        )
        assert cursor.rowcount == 1
        Operation.objects.filter(tenant_id=tenant.pk).update(status="running", attempts=1)
    with worker() as running:
        running.wait_for(f"provision {tenant.slug}: done")
        running.wait_for("job_stalled")
        require_active(tenant)
