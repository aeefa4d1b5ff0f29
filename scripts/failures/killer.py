"""Ends a random backend of the application now and then, as a superuser."""

from __future__ import annotations

import os
import threading
from typing import Self

import psycopg
from psycopg.conninfo import make_conninfo

_KILL = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE usename = 'iac_app' AND datname = current_database() ORDER BY random() LIMIT 1
"""


class Killer:
    """Kills while the block lasts."""

    def __init__(self, every: float) -> None:
        self.every = every
        self.kills = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        if self.every:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self.every:
            self._thread.join()

    def _run(self) -> None:
        url = make_conninfo(os.environ["BENCH_ADMIN_URL"], dbname="iac")
        with psycopg.connect(url, autocommit=True) as superuser:
            while not self._done.wait(self.every):
                self.kills += superuser.execute(_KILL).fetchone() is not None
