"""Saying, while a command waits for a lock in PostgreSQL, who holds it and how long it waits."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import psycopg
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

FIRST_LOOK = 3.0
"""Seconds between looks; whoever waits less notices nothing."""
AGAIN_AFTER = 30.0
"""Seconds after which the same holder is named again."""

# Others' statements and times are hidden from ordinary roles; numbers and names are not.
_WAITING = """
    SELECT holder.pid, coalesce(activity.usename::text, ''),
           coalesce(activity.application_name, ''), activity.xact_start IS NOT NULL,
           coalesce(extract(epoch FROM clock_timestamp() - activity.xact_start), 0)::int,
           coalesce((SELECT extract(epoch FROM max(clock_timestamp() - lock.waitstart))
                       FROM pg_locks lock WHERE lock.pid = waiting.pid AND NOT lock.granted),
                    0)::int
      FROM pg_stat_activity waiting
     CROSS JOIN LATERAL unnest(pg_blocking_pids(waiting.pid)) AS holder(pid)
      LEFT JOIN pg_stat_activity activity ON activity.pid = holder.pid
     WHERE waiting.application_name = %s AND waiting.pid <> pg_backend_pid()
"""


class Holder(NamedTuple):
    """A session that holds what one of ours waits for.

    Attributes:
        pid: of its process in PostgreSQL.
        role, application: whose session it is, as far as it says so.
        is_visible: whether the times of its transaction may be seen.
        seconds: how long its transaction has lasted.
        waited: how long we have waited, in seconds.
    """

    pid: int
    role: str
    application: str
    is_visible: bool
    seconds: int
    waited: int

    def __str__(self) -> str:
        who = ", ".join(filter(None, (self.role, self.application)))
        since = f", in a transaction for {self.seconds} s" if self.is_visible else ""
        return (
            f"Waiting for a lock, {self.waited} s so far. PostgreSQL's process {self.pid} holds it"
            f"{f' ({who}{since})' if who else ''}."
        )


class LockWatch:
    """Looks, beside a command and on a connection of its own, whether it waits for a lock.

    The command's sessions are found by ``PGAPPNAME``, also behind a pooler. Whatever goes wrong
    here is nothing to the command: then it waits in silence.
    """

    def __init__(self, say: Callable[[str], Any]) -> None:
        self._say = say
        self._ended = threading.Event()
        self._reported: dict[int, float] = {}
        self._thread = threading.Thread(target=self._watch, name="lock-watch", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""
        self._ended.set()

    def _watch(self) -> None:
        if self._ended.wait(FIRST_LOOK):
            return
        with suppress(psycopg.Error, ImproperlyConfigured), _connected() as connection:
            while True:
                self._look(connection)
                if self._ended.wait(FIRST_LOOK):
                    return

    def _look(self, connection: psycopg.Connection[Any]) -> None:
        found = connection.execute(_WAITING, [os.environ.get("PGAPPNAME", "")])
        holders = [Holder(*row) for row in found.fetchall()]
        now = time.monotonic()
        for holder in holders:
            if now - self._reported.get(holder.pid, -AGAIN_AFTER) >= AGAIN_AFTER:
                self._reported[holder.pid] = now
                self._say(str(holder))


def _connected() -> psycopg.Connection[Any]:
    """A connection as the owner, who sees more, where this process may connect as such.

    The driver's own: it sees catalogues alone, and must not wait until the apps are loaded.
    """
    from iac_platform.settings import ENVIRONMENT  # noqa: PLC0415  # may be wrong, and then raises

    url = ENVIRONMENT.database_owner_url or ENVIRONMENT.database_url
    return psycopg.connect(url, autocommit=True, prepare_threshold=None)
