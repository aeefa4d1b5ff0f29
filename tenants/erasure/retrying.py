"""Waiting for locks a little at a time, so that nobody queues behind the one who waits."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import OperationalError, connection, transaction
from psycopg import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Whoever waits for a lock holds up all who come later, so give it back after this time.
LOCK_TIMEOUT_MILLISECONDS = 250
ATTEMPTS = 240
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 1.0
_TRANSIENT = (errors.LockNotAvailable, errors.DeadlockDetected)


class StillInUse(RuntimeError):
    """Something of the tenant is in use for longer than anybody waits."""


def with_retry(work: Callable[[], None], what: str) -> None:
    """Do ``work`` in a transaction of its own, again and again while its locks are taken.

    Raises:
        StillInUse: they were taken every time, for some minutes in all.
    """
    pause = _FIRST_PAUSE
    for _ in range(ATTEMPTS):
        try:
            with _impatient_transaction():
                work()
        except OperationalError as error:
            if not isinstance(error.__cause__, _TRANSIENT):
                raise
        else:
            return
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
    raise StillInUse(f"{what}: somebody is at work there for minutes. Find them, then try again.")


@contextmanager
def _impatient_transaction() -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MILLISECONDS}")
        yield
