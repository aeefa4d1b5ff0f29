from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeGuard, cast

from django_redis.cache import RedisCache
from redis.exceptions import RedisError

from iac_platform.cache.stores import CacheUnavailable, Count
from iac_platform.cache.stores.glob import redis_glob

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from redis import Redis

_SCAN_BATCH = 500

# Compared and changed in one step on the server, or a second writer could come between.
_WRITE_IF = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1
"""
_DELETE_IF = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""


@contextmanager
def _errors_named() -> Iterator[None]:
    # The cause holds the address of the server: it is logged by the circuit breaker and
    # must not travel in a problem document.
    try:
        yield
    except (RedisError, OSError) as error:
        raise CacheUnavailable("The cache does not answer. Try again shortly.") from error


def _milliseconds(ttl: float) -> int:
    return max(1, round(ttl * 1000))


class RedisStore:
    """Keeps bytes in the Redis that Django's default cache is configured with.

    It speaks to the client below django-redis, which shares its pool and its circuit
    breaker, because django-redis reads any value of digits back as a number.
    """

    @staticmethod
    def can_use(backend: object) -> TypeGuard[Any]:
        """Whether this Django cache is one over Redis."""
        return isinstance(backend, RedisCache)

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    @property
    def _redis(self) -> Redis:
        return cast("Redis", self._backend.client.get_client(write=True))

    def read(self, keys: Sequence[str]) -> list[bytes | None]:
        """See :class:`iac_platform.cache.stores.Store`."""
        with _errors_named():
            return cast("list[bytes | None]", self._redis.mget(keys))

    def write(self, key: str, value: bytes, ttl: float) -> None:
        """See :class:`iac_platform.cache.stores.Store`."""
        with _errors_named():
            self._redis.set(key, value, px=_milliseconds(ttl))

    def add(self, key: str, value: bytes, ttl: float) -> bool:
        """See :class:`iac_platform.cache.stores.Store`."""
        with _errors_named():
            return bool(self._redis.set(key, value, px=_milliseconds(ttl), nx=True))

    def write_if(self, guard: tuple[str, bytes], key: str, value: bytes, ttl: float) -> bool:
        """See :class:`iac_platform.cache.stores.Store`."""
        arguments: list[Any] = [guard[0], key, guard[1], value, _milliseconds(ttl)]
        with _errors_named():
            return bool(self._redis.eval(_WRITE_IF, 2, *arguments))

    def delete(self, keys: Sequence[str]) -> int:
        """See :class:`iac_platform.cache.stores.Store`."""
        if not keys:
            return 0
        with _errors_named():
            return self._redis.unlink(*keys)

    def delete_if(self, key: str, value: bytes) -> bool:
        """See :class:`iac_platform.cache.stores.Store`."""
        arguments: list[Any] = [key, value]
        with _errors_named():
            return bool(self._redis.eval(_DELETE_IF, 1, *arguments))

    def count(self, steps: Sequence[tuple[str, int, float]]) -> list[Count]:
        """See :class:`iac_platform.cache.stores.Store`."""
        with _errors_named(), self._redis.pipeline(transaction=True) as pipeline:
            for key, by, ttl in steps:
                pipeline.incrby(key, by)
                pipeline.pexpire(key, _milliseconds(ttl), nx=True)
                pipeline.pttl(key)
            answers = pipeline.execute()
        pairs = zip(answers[0::3], answers[2::3], strict=True)
        return [Count(value, max(0, ttl) / 1000) for value, ttl in pairs]

    def peek(self, keys: Sequence[str]) -> list[Count]:
        """See :class:`iac_platform.cache.stores.Store`."""
        with _errors_named(), self._redis.pipeline(transaction=True) as pipeline:
            for key in keys:
                pipeline.get(key)
                pipeline.pttl(key)
            answers = pipeline.execute()
        pairs = zip(answers[0::2], answers[1::2], strict=True)
        return [Count(int(value or 0), max(0, ttl) / 1000) for value, ttl in pairs]

    def delete_matching(self, prefix: str, pattern: str) -> int:
        """See :class:`iac_platform.cache.stores.Store`."""
        deleted = 0
        for batch in self._scan(redis_glob(prefix, pattern)):
            deleted += self.delete(batch)
        return deleted

    def count_matching(self, prefix: str) -> int:
        """See :class:`iac_platform.cache.stores.Store`."""
        # SCAN may name a key twice while the server resizes its table.
        found: set[bytes] = set()
        for batch in self._scan(redis_glob(prefix, "*")):
            found.update(batch)
        return len(found)

    def ping(self) -> None:
        """See :class:`iac_platform.cache.stores.Store`."""
        with _errors_named():
            self._redis.ping()

    def _scan(self, match: str) -> Iterator[list[Any]]:
        cursor = 0
        while True:
            with _errors_named():
                answer = self._redis.scan(cursor, match=match, count=_SCAN_BATCH)
            cursor, batch = cast("tuple[int, list[bytes]]", answer)
            yield batch
            if cursor == 0:
                return
