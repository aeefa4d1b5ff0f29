"""People at work in a tenant while it moves, who know what they were told is saved.

Writers keep what was acknowledged; readers compare what they see with what had been
acknowledged before they looked. Whatever differs is counted, and so is every refusal that
is not the fence's. Half of them looked the tenant up before it ever moved.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from django.db import connection, transaction

from rbac.models import User
from tenants.context import tenant_scope
from tenants.database.fencing import is_refused_write
from tenants.models import Tenant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass
class Seen:
    """What the people of one tenant met.

    Attributes:
        acknowledged: the names that were committed.
        counters: the last committed value of each writer's counter.
        reads, writes: how many succeeded.
        refused: writes that the fence kept out.
        lost: reads without a row, or with an older value, than was acknowledged before.
        foreign: reads with another tenant's row, or from another schema than the tenant's.
        unexpected: other errors, by their text.
        longest_refusal: seconds from a writer's first refused try to its next success.
    """

    acknowledged: set[str] = field(default_factory=set)
    counters: dict[str, int] = field(default_factory=dict)
    reads: int = 0
    writes: int = 0
    refused: int = 0
    lost: int = 0
    foreign: int = 0
    unexpected: Counter[str] = field(default_factory=Counter)
    longest_refusal: float = 0.0

    @property
    def wrong(self) -> tuple[int, int, dict[str, int]]:
        """Lost, foreign and unexpected: all of it must be nothing."""
        return self.lost, self.foreign, dict(self.unexpected)


class Traffic:
    """Writers and readers of some tenants, at work inside the block."""

    def __init__(self, tenants: Sequence[Tenant], *, writers: int = 2, readers: int = 2) -> None:
        # Names of this run alone: another may have worked here before.
        self._run = secrets.token_hex(4)
        self.seen = {tenant.pk: Seen() for tenant in tenants}
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._busy = threading.Barrier(len(tenants) * (writers + readers) + 1)
        self._threads = [
            threading.Thread(
                target=self._work, args=(act, tenant, f"{act.__name__}-{self._run}-{number}")
            )
            for tenant in tenants
            for act, count in ((self.write, writers), (self.read, readers))
            for number in range(count)
        ]

    def __enter__(self) -> Self:
        """Begin, and wait until everybody has done something."""
        for thread in self._threads:
            thread.start()
        self._busy.wait()
        return self

    def __exit__(self, *_: object) -> None:
        """Send everybody home."""
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _work(self, act: Callable[[Tenant, str, int], None], tenant: Tenant, name: str) -> None:
        is_stale = name.endswith("-0")
        try:
            for turn in range(10**9):
                who = tenant if is_stale else _fresh(tenant)
                act(who, name, turn)
                if turn == 0:
                    self._busy.wait()
                if self._done.is_set():
                    return
        finally:
            connection.close()

    def write(self, tenant: Tenant, name: str, turn: int) -> None:
        """Add a user and count up a counter, in one transaction; again when refused."""
        seen, began = self.seen[tenant.pk], time.monotonic()
        refused = False
        while True:
            try:
                self._write(tenant, name, turn)
            except Exception as error:  # noqa: BLE001  # all are counted
                if not is_refused_write(error):
                    seen.unexpected[f"{type(error).__name__}: {error}"] += 1
                    return
                refused = True
                seen.refused += 1
                if self._done.is_set():
                    return
                continue
            break
        with self._lock:
            seen.acknowledged.add(f"{name}-{turn}")
            seen.counters[name] = turn
            seen.writes += 1
            if refused:
                waited = time.monotonic() - began
                seen.longest_refusal = max(seen.longest_refusal, waited)

    def _write(self, tenant: Tenant, name: str, turn: int) -> None:
        with tenant_scope(tenant), transaction.atomic():
            User.objects.create(username=f"{name}-{turn}")
            User.objects.update_or_create(
                username=f"counter-{name}", defaults={"full_name": str(turn)}
            )

    def read(self, tenant: Tenant, name: str, turn: int) -> None:
        """Look at everything, and compare it with what was acknowledged before."""
        del name, turn
        seen = self.seen[tenant.pk]
        with self._lock:
            expected, counters = set(seen.acknowledged), dict(seen.counters)
        try:
            with tenant_scope(tenant), connection.cursor() as cursor:
                cursor.execute(
                    "SELECT tenant_id, username, full_name FROM users "
                    "WHERE username LIKE 'write%' OR username LIKE 'counter-%'"
                )
                rows = cursor.fetchall()
        except Exception as error:  # noqa: BLE001  # all are counted
            seen.unexpected[f"{type(error).__name__}: {error}"] += 1
            return
        found = {username: full_name for _, username, full_name in rows}
        late = [name for name, value in counters.items() if int(found[f"counter-{name}"]) < value]
        with self._lock:
            seen.reads += 1
            seen.lost += bool(expected - set(found)) or bool(late)
            seen.foreign += any(tenant_id != tenant.pk for tenant_id, _, _ in rows)
            seen.foreign += len(found) != len(rows)


def _fresh(tenant: Tenant) -> Tenant:
    return Tenant.objects.select_related("placement").get(pk=tenant.pk)
