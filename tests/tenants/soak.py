"""Many threads at work for many tenants at once, each knowing exactly what it should see.

Every thread keeps, per tenant, the set of rows that it has committed. Each operation
reads the tenant's whole table: a row of another tenant is foreign, a difference to the
thread's own set is missing. A killed backend may take an operation down, never change
what is seen: afterwards the rows must be as before the operation or as after it.
"""

from __future__ import annotations

import itertools
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from rbac.models import User
from tenants.context import tenant_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from tenants.models import Tenant

# Rows that one thread keeps in one tenant: enough to miss one, few enough to read fast.
KEPT = 2
READ_BACK_ATTEMPTS = 20


class Undo(Exception):
    """Rolls a block back."""


@dataclass
class Report:
    """What a soak saw.

    Attributes:
        operations: how many ran, by kind.
        foreign: reads that held another tenant's row.
        missing: reads that differed from what the thread had written.
        refused: statements that the database refused though they were right.
        killed: operations that a killed backend took down.
        rows: what each tenant must hold in the end, by its id.
    """

    operations: Counter[str] = field(default_factory=Counter)
    foreign: int = 0
    missing: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    killed: int = 0
    rows: dict[UUID, set[str]] = field(default_factory=dict)

    @property
    def wrong(self) -> int:
        """How often isolation failed in any way."""
        return self.foreign + self.missing + self.refused.total()

    def add(self, other: Report) -> None:
        """Take another thread's figures in."""
        self.operations += other.operations
        self.refused += other.refused
        self.foreign += other.foreign
        self.missing += other.missing
        self.killed += other.killed
        for tenant_id, names in other.rows.items():
            self.rows.setdefault(tenant_id, set()).update(names)


class Worker:
    """One thread: it picks a tenant and an operation at random, again and again."""

    def __init__(self, number: int, tenants: Sequence[Tenant]) -> None:
        self.random = random.Random(number)  # noqa: S311  # repeatable, not secret
        self.prefix = f"thread{number}-"
        self.tenants = tenants
        self.rows: dict[UUID, set[str]] = {tenant.id: set() for tenant in tenants}
        self.after: dict[UUID, set[str]] = {}
        self.fresh = itertools.count()
        self.report = Report(rows=self.rows)

    def run(self, operations: int) -> Report:
        """Do ``operations`` of them and report."""
        try:
            for _ in range(operations):
                self.one()
        finally:
            connection.close()
        return self.report

    def one(self) -> None:
        """Do one operation; a lost connection may end it, nothing else."""
        operation = self.random.choice(OPERATIONS)
        tenant = self.random.choice(self.tenants)
        self.after = {}
        try:
            operation(self, tenant)
            self.rows.update(self.after)
        except (DatabaseError, InterfaceError) as error:
            if _connection_was_lost(error):
                self.report.killed += 1
            else:
                self.report.refused[f"{type(error.__cause__).__name__}: {error}"] += 1
            self.read_back()
        self.report.operations[operation.__name__] += 1

    def read_back(self) -> None:
        """After a lost operation: all of it happened, or none."""
        connection.close()
        before = {tenant_id: self.rows[tenant_id] for tenant_id in self.after}
        found = {
            tenant.id: self.until_answered(tenant)
            for tenant in self.tenants
            if tenant.id in self.after
        }
        if found not in (before, self.after):
            self.report.missing += 1
        self.rows.update(found)

    def until_answered(self, tenant: Tenant) -> set[str]:
        """This thread's rows of a tenant, through as many killed backends as it takes."""
        for _ in range(READ_BACK_ATTEMPTS):
            with suppress(OperationalError, InterfaceError), tenant_scope(tenant):
                return self.read(tenant)
            connection.close()
        raise AssertionError("The database does not come back.")

    def read(self, tenant: Tenant) -> set[str]:
        """This thread's rows, by SQL that names no tenant; counts those of others."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT tenant_id, username FROM users")
            rows = cursor.fetchall()
        self.report.foreign += any(tenant_id != tenant.id for tenant_id, _ in rows)
        return {name for _, name in rows if name.startswith(self.prefix)}

    def look(self, tenant: Tenant, expected: set[str]) -> None:
        """Compare what is there with what should be."""
        self.report.missing += self.read(tenant) != expected

    def names(self, count: int) -> set[str]:
        """Names that this thread never used before."""
        return {f"{self.prefix}{next(self.fresh)}" for _ in range(count)}

    def write(self, tenant: Tenant, names: set[str]) -> None:
        """Announce and insert rows."""
        known = self.after.get(tenant.id, self.rows[tenant.id])
        self.after[tenant.id] = known | names
        User.objects.bulk_create([User(username=name) for name in sorted(names)])


def _connection_was_lost(error: Exception) -> bool:
    """Whether an operation failed because its backend was killed.

    A backend that dies while it commits answers twice, which psycopg reports as an
    internal error.
    """
    return isinstance(error, OperationalError | InterfaceError) or "received 2 results" in str(
        error
    )


def read(worker: Worker, tenant: Tenant) -> None:
    with tenant_scope(tenant):
        worker.look(tenant, worker.rows[tenant.id])


def read_models(worker: Worker, tenant: Tenant) -> None:
    with tenant_scope(tenant):
        users = list(User.objects.filter(username__startswith=worker.prefix))
    worker.report.foreign += any(user.tenant_id != tenant.id for user in users)
    worker.report.missing += {user.username for user in users} != worker.rows[tenant.id]


def insert(worker: Worker, tenant: Tenant) -> None:
    name = worker.names(1)
    worker.after = {tenant.id: worker.rows[tenant.id] | name}
    with tenant_scope(tenant):
        User(username=name.copy().pop()).save(force_insert=True)


def write_in_transaction(worker: Worker, tenant: Tenant) -> None:
    with tenant_scope(tenant), transaction.atomic():
        worker.write(tenant, worker.names(2))
        worker.look(tenant, worker.after[tenant.id])
    with tenant_scope(tenant):
        worker.look(tenant, worker.after[tenant.id])


def roll_back(worker: Worker, tenant: Tenant) -> None:
    with tenant_scope(tenant):
        with suppress(Undo), transaction.atomic():
            worker.write(tenant, worker.names(2))
            worker.look(tenant, worker.after[tenant.id])
            worker.after = {}
            raise Undo
        worker.look(tenant, worker.rows[tenant.id])


def use_savepoints(worker: Worker, tenant: Tenant) -> None:
    with tenant_scope(tenant), transaction.atomic():
        worker.write(tenant, worker.names(1))
        kept = worker.after[tenant.id]
        with suppress(Undo), transaction.atomic():
            worker.write(tenant, worker.names(1))
            worker.after[tenant.id] = kept
            raise Undo
        worker.look(tenant, kept)
        with transaction.atomic():
            worker.write(tenant, worker.names(1))
        worker.look(tenant, worker.after[tenant.id])


def nest_scopes(worker: Worker, tenant: Tenant) -> None:
    other = worker.random.choice([one for one in worker.tenants if one != tenant])
    with transaction.atomic():
        with tenant_scope(tenant):
            worker.write(tenant, worker.names(1))
            with tenant_scope(other):
                worker.look(other, worker.rows[other.id])
                worker.write(other, worker.names(1))
            worker.look(tenant, worker.after[tenant.id])
        with tenant_scope(other):
            worker.look(other, worker.after[other.id])


def undo_another_scope(worker: Worker, tenant: Tenant) -> None:
    other = worker.random.choice([one for one in worker.tenants if one != tenant])
    with transaction.atomic(), tenant_scope(tenant):
        worker.look(tenant, worker.rows[tenant.id])
        with tenant_scope(other):
            with suppress(Undo), transaction.atomic():
                worker.look(other, worker.rows[other.id])
                raise Undo
            worker.look(other, worker.rows[other.id])
        worker.look(tenant, worker.rows[tenant.id])


def fail(worker: Worker, tenant: Tenant) -> None:
    with tenant_scope(tenant):
        with suppress(psycopg.DataError, DatabaseError), transaction.atomic():
            worker.look(tenant, worker.rows[tenant.id])
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1/0")
        worker.look(tenant, worker.rows[tenant.id])


def delete(worker: Worker, tenant: Tenant) -> None:
    keep = set(sorted(worker.rows[tenant.id])[:KEPT])
    worker.after = {tenant.id: keep}
    with tenant_scope(tenant), transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(
            "DELETE FROM users WHERE username = %s",
            [[name] for name in worker.rows[tenant.id] - keep],
        )


def look_without_a_scope(worker: Worker, tenant: Tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {tenant.schema_name}.users")  # noqa: S608  # a schema's name
        worker.report.foreign += cursor.fetchone() != (0,)


OPERATIONS: list[Callable[[Worker, Tenant], None]] = [
    read,
    read_models,
    insert,
    write_in_transaction,
    roll_back,
    use_savepoints,
    nest_scopes,
    undo_another_scope,
    fail,
    delete,
    delete,
    look_without_a_scope,
]


class Killer:
    """Ends a random backend of the application now and then, as a superuser."""

    def __init__(self, superuser_url: str, every: float) -> None:
        self.url = superuser_url
        self.every = every
        self.kills = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="killer")

    def __enter__(self) -> Killer:  # noqa: PYI034  # never subclassed
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as superuser:
            while not self._done.wait(self.every):
                found = superuser.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE usename = 'iac_app' AND datname = current_database() "
                    "ORDER BY random() LIMIT 1"
                )
                self.kills += found.fetchone() is not None


def soak(tenants: Sequence[Tenant], *, threads: int, operations: int) -> Report:
    """Run ``operations`` in each of ``threads`` threads."""
    total = Report()
    with ThreadPoolExecutor(threads, thread_name_prefix="soak") as pool:
        workers = [Worker(number, tenants) for number in range(threads)]
        running: list[Any] = [pool.submit(worker.run, operations) for worker in workers]
        for result in running:
            total.add(result.result())
    return total
