"""Trying again what failed only because somebody else was in the way."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from django.db import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_LOCK_NOT_AVAILABLE, _DEADLOCK, _SERIALIZATION = "55P03", "40P01", "40001"
_PASSING = {_LOCK_NOT_AVAILABLE, _DEADLOCK, _SERIALIZATION}
_FIRST_PAUSE = 0.2

LOCK_TIMEOUT = 3.0
RETRIES = 4


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to wait, and how often to come back.

    Attributes:
        lock_timeout: seconds that a statement waits for a lock; the requests that queue
            behind it wait as long.
        retries: how often a placement is tried again after somebody was in the way.
    """

    lock_timeout: float = LOCK_TIMEOUT
    retries: int = RETRIES

    @property
    def milliseconds(self) -> int:
        """The lock time-out as PostgreSQL takes it."""
        return max(1, round(self.lock_timeout * 1000))


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's code for an error, whoever wrapped it."""
    code = getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None)
    return str(code) if code else None


def persistently(attempt: Callable[[], Result], retry_policy: RetryPolicy) -> Result:
    """Call ``attempt`` until it succeeds, with growing pauses between.

    Only lock time-outs, deadlocks and serialization failures are tried again. The error
    that is raised has the number of attempts in its notes.
    """
    for number in range(1, retry_policy.retries + 2):
        try:
            return attempt()
        except DatabaseError as error:
            if sqlstate(error) not in _PASSING or number > retry_policy.retries:
                error.add_note(f"attempts: {number}")
                raise
        pause = _FIRST_PAUSE * 2 ** (number - 1)
        time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  # spreads workers, hides nothing
    raise AssertionError("the loop returns or raises")
