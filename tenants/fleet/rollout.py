"""Who is migrated when: the template, the canary, one of each kind, then everybody."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from tenants.database.roles import as_owner
from tenants.distribution import is_citus
from tenants.fleet import runs
from tenants.fleet.errors import FirstPlacementFailed
from tenants.fleet.migration_plans import MigrationPlan, plan_for
from tenants.fleet.native import NativeRunner
from tenants.fleet.pending import Behind, find
from tenants.fleet.replay import Replayer
from tenants.isolation.fingerprint import applied, digest, on_disk, record_migrated, wanted
from tenants.models import MigrationRun, PlacementKind, RunStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tenants.database.base import DatabaseWrapper
    from tenants.fleet.progress import Progress
    from tenants.fleet.retrying import RetryPolicy

# Placements in one message: enough that round trips no longer count, few enough that one
# that fails costs little, as the rest of its message is then sent singly.
BATCH = 20
# Placements may be made while a run goes on; after so many looks it leaves them to the next.
_LOOKS = 5

Batch = tuple[MigrationPlan, list[Behind]]


@dataclass(slots=True)
class Rollout:
    """One run over the fleet; call ``run`` once.

    Attributes:
        workers: how many threads, each with a connection of its own.
        canary: the schema that goes first, after the template.
        retry_policy: with locks.
        progress: is told of every placement that is done or failed.
        only: the one schema to migrate; empty for all.
        plans: made so far, by the fingerprint where they start.
        failures: reasons, by schema.
    """

    workers: int
    canary: str
    retry_policy: RetryPolicy
    progress: Progress
    only: str = ""
    plans: dict[str, MigrationPlan] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def pending_placements(self, *, fix: bool = True) -> list[Behind]:
        """The placements that are behind and were not tried yet, each with a plan in ``plans``.

        Args:
            fix: correct fingerprints that are not true; without it nothing is written.

        Raises:
            FirstPlacementFailed: what the template or the canary has cannot be read.
        """
        placements = self._behind()
        if fix and self._note_anew(placements):
            placements = self._behind()
        self.plan(placements)
        return placements

    def run(self) -> MigrationRun | None:
        """Migrate what is behind; None when nothing is.

        Raises:
            FirstPlacementFailed: the template or the canary did; nobody else was touched.
        """
        placements = self.pending_placements()
        if not placements:
            return None
        run = runs.open_run(wanted(), self._names(), self._canary(placements))
        try:
            self._roll_out(run, placements)
        except FirstPlacementFailed as error:
            runs.close_run(run, RunStatus.FAILED, str(error))
            raise
        except BaseException as error:
            runs.close_run(run, RunStatus.STOPPED, runs.reason_of(error))
            raise
        finally:
            self.progress.close()
        runs.close_run(run, RunStatus.FAILED if self.failures else RunStatus.DONE)
        return run

    def plan(self, placements: Iterable[Behind]) -> None:
        """Make a plan for each fingerprint that has none; the first that has it stands for all."""
        for placement in placements:
            start = placement.fingerprint
            if start not in self.plans:
                self.plans[start] = plan_for(_connection(), placement.schema_name, start)

    def _behind(self) -> list[Behind]:
        return [
            placement
            for placement in find().placements
            if placement.id not in self._seen
            and placement.schema_name not in self.failures
            and self.only in ("", placement.schema_name)
        ]

    def _note_anew(self, placements: list[Behind]) -> bool:
        """Read what a group has, where its first does not have what is noted; whether any did.

        A fingerprint is not true after work by hand, after a restore, and when a release
        came back after another: whole groups are planned by it, so it is looked at once more.
        """
        doubtful = [
            placement
            for start, group in _groups(placements).items()
            if start not in self.plans and not _is_true(group[0])
            for placement in group
        ]
        canaries = self._canaries(placements)
        for placement in doubtful:
            try:
                record_migrated(placement.schema_name)
            except DatabaseError as error:
                reason = self.failures[placement.schema_name] = runs.reason_of(error)
                self.progress.failed(placement.schema_name, reason)
                if placement in canaries:
                    raise _first_failed(placement, reason) from error
        return bool(doubtful)

    def _roll_out(self, run: MigrationRun, placements: list[Behind]) -> None:
        for _ in range(_LOOKS):
            self._seen.update(placement.id for placement in placements)
            runs.enlist(run, placements)
            self.progress.more(len(placements))
            self._first(run, placements)
            self._rest(run, placements)
            placements = self.pending_placements()
            if not placements:
                return

    def _first(self, run: MigrationRun, placements: list[Behind]) -> None:
        for placement in self._canaries(placements):
            placements.remove(placement)
            self._work(run, self.plans[placement.fingerprint], [placement])
            if placement.schema_name in self.failures:
                raise _first_failed(placement, self.failures[placement.schema_name])

    def _canaries(self, placements: list[Behind]) -> list[Behind]:
        template = [one for one in placements if one.kind == PlacementKind.TEMPLATE]
        canary = [one for one in placements if one.schema_name == self.canary]
        return template + [one for one in canary if one not in template]

    def _rest(self, run: MigrationRun, placements: list[Behind]) -> None:
        batches: SimpleQueue[Batch] = SimpleQueue()
        for start, group in _groups(placements).items():
            plan = self.plans[start]
            waiting = iter(group)
            while not plan.is_recorded and (leader := next(waiting, None)):
                self._work(run, plan, [leader])
            for batch in _batched(waiting):
                batches.put((plan, batch))
        self._in_threads(run, batches)

    def _in_threads(self, run: MigrationRun, batches: SimpleQueue[Batch]) -> None:
        workers = min(self.workers, batches.qsize())
        if not workers:
            return
        stop = threading.Event()
        with ThreadPoolExecutor(workers, thread_name_prefix="migrate") as pool:
            ends = [pool.submit(self._worker, run, batches, stop) for _ in range(workers)]
            try:
                for end in ends:
                    end.result()
            finally:
                # Interrupted, or a worker lost its server: the others finish their batch.
                stop.set()

    def _worker(
        self, run: MigrationRun, batches: SimpleQueue[Batch], stop: threading.Event
    ) -> None:
        with as_owner():
            while not stop.is_set():
                try:
                    plan, batch = batches.get_nowait()
                except Empty:
                    return
                self._work(run, plan, batch)

    def _work(self, run: MigrationRun, plan: MigrationPlan, batch: list[Behind]) -> None:
        """Take a batch through a plan: replayed where it can be, else by Django, one by one."""
        failed = self._failed_in(run)
        native = NativeRunner(_connection(), self.retry_policy, run.pk)
        if not plan.is_recorded:
            batch = _surviving(batch, lambda one: native.lead(one, plan), failed)
        else:
            runs.join(_connection())
            replayer = Replayer(_connection(), self.retry_policy, run.pk, singly=is_citus())
            for steps in plan.segments():
                if steps[0].can_be_replayed:
                    batch = replayer.replay(batch, steps, plan, failed)
                    continue
                is_last = steps[0] is plan.steps[-1]
                by_django = partial(native.run, step=steps[0], is_last=is_last)
                batch = _surviving(batch, by_django, failed)
        with self._lock:
            self.progress.done(len(batch))

    def _failed_in(self, run: MigrationRun) -> Callable[[Behind, Exception], None]:
        def failed(placement: Behind, error: Exception) -> None:
            _connection().close_if_unusable_or_obsolete()
            if runs.is_gone(placement):
                return
            reason = runs.note_failure(run, placement, error)
            with self._lock:
                self.failures[placement.schema_name] = reason
                self.progress.failed(placement.schema_name, reason)

        return failed

    def _canary(self, placements: Iterable[Behind]) -> str:
        return self.canary if self.canary in {one.schema_name for one in placements} else ""

    def _names(self) -> list[str]:
        names = {
            str(migration): None for plan in self.plans.values() for migration in plan.migrations
        }
        return list(names)


def _groups(placements: Iterable[Behind]) -> dict[str, list[Behind]]:
    """The placements by their fingerprint."""
    groups: dict[str, list[Behind]] = {}
    for placement in placements:
        groups.setdefault(placement.fingerprint, []).append(placement)
    return groups


def _is_true(placement: Behind) -> bool:
    """Whether the placement has the migrations that its fingerprint says."""
    try:
        has = applied(placement.schema_name)
    except DatabaseError:
        return False
    return digest(on_disk() & has) == placement.fingerprint


def _first_failed(placement: Behind, reason: str) -> FirstPlacementFailed:
    return FirstPlacementFailed(
        f"{placement.schema_name} failed, so no other placement was touched: {reason}"
    )


def _surviving(
    batch: Iterable[Behind],
    work: Callable[[Behind], object],
    failed: Callable[[Behind, Exception], None],
) -> list[Behind]:
    """Do the work on each; return those on which it succeeded."""
    survivors = []
    for placement in batch:
        try:
            work(placement)
        except Exception as error:  # noqa: BLE001  # a migration raises whatever it likes; it is reported
            failed(placement, error)
        else:
            survivors.append(placement)
    return survivors


def _batched(placements: Iterator[Behind]) -> Iterator[list[Behind]]:
    while batch := list(islice(placements, BATCH)):
        yield batch


def _connection() -> DatabaseWrapper:
    """The owner's connection of this thread."""
    return connections[DEFAULT_DB_ALIAS]  # type: ignore[return-value]  # as_owner put it there
