"""A circuit breaker under every Redis command.

A Redis that is away costs one time-out per interval and process, not one per request:
after a failure, commands fail at once until the interval is over; then one is let
through to see. It sits below django-redis so that third-party users of Django's cache
are guarded too.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import structlog
from django.conf import settings
from redis import ConnectionPool, Redis
from redis.client import Pipeline
from redis.exceptions import BusyLoadingError, MaxConnectionsError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from iac_platform.cache.counters import CACHE_OUTAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEFAULT_SECONDS = 5.0

_log = structlog.get_logger("iac_platform.cache")
_FAILURES = (RedisConnectionError, RedisTimeoutError, BusyLoadingError, OSError)


class CircuitOpen(RedisConnectionError):
    """Redis failed a moment ago and is not asked again yet."""


class Breaker:
    """Remembers that a server failed, and when it may be asked again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._retry_at: float | None = None

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Run one command under the breaker.

        Raises:
            CircuitOpen: the server failed less than an interval ago.
        """
        self._admit()
        try:
            yield
        except MaxConnectionsError:
            raise  # this process is busy; the server has done nothing wrong
        except _FAILURES as error:
            self._trip(error)
            raise
        if self._retry_at is not None:
            self.reset()

    def reset(self) -> None:
        """Take the server for healthy again."""
        with self._lock:
            was_open, self._retry_at = self._retry_at is not None, None
        if was_open:
            _log.info("cache_recovered")

    def _admit(self) -> None:
        if self._retry_at is None:
            return
        with self._lock:
            if self._clock() < (self._retry_at or 0.0):
                raise CircuitOpen("Redis failed a moment ago.")
            # This caller tries; all others keep failing fast meanwhile.
            self._retry_at = self._clock() + _interval()

    def _trip(self, error: BaseException) -> None:
        with self._lock:
            self._retry_at = self._clock() + _interval()
        CACHE_OUTAGES.inc()
        # The class alone: the text holds the server's address.
        _log.warning("cache_unavailable", error=type(error).__name__, retry_in=_interval())


def _interval() -> float:
    return float(getattr(settings, "CACHE_RETRY_SECONDS", DEFAULT_SECONDS))


class GuardedPool(ConnectionPool):
    """A connection pool with the breaker of its server; one pool per URL and process."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.breaker = Breaker()


class GuardedPipeline(Pipeline):
    """A pipeline whose commands count as one for the breaker."""

    def execute(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Send the commands, unless the server just failed."""
        with _breaker(self.connection_pool).watch():
            return super().execute(*args, **kwargs)


class GuardedRedis(Redis):
    """A Redis client that asks the breaker before each command."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send one command, unless the server just failed."""
        with _breaker(self.connection_pool).watch():
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]  # redis-py's

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> GuardedPipeline:
        """A pipeline under the same breaker."""
        return GuardedPipeline(
            self.connection_pool, self.response_callbacks, transaction, shard_hint
        )


def _breaker(pool: ConnectionPool) -> Breaker:
    return cast("GuardedPool", pool).breaker
