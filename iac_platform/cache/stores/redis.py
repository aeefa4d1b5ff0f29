from __future__ import annotations

import hashlib
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, TypeGuard, cast

import orjson
from django_redis.cache import RedisCache
from redis.exceptions import NoScriptError, RedisError

from iac_platform.cache.stores import CacheUnavailable, Count, Found
from iac_platform.cache.stores.glob import redis_glob

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from redis import Redis

    from iac_platform.cache.stores import AnswerEntry, CallerEntry

_SCAN_BATCH = 500

# Compared and changed in one step on the server, or a second writer could come between.
_WRITE_IF = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1
"""
# For each key: what is added, and the milliseconds that a new counter lasts.
_COUNT = """
local answers = {}
for i, key in ipairs(KEYS) do
  answers[2 * i - 1] = redis.call('INCRBY', key, ARGV[2 * i - 1])
  local left = redis.call('PTTL', key)
  if left < 0 then
    left = tonumber(ARGV[2 * i])
    redis.call('PEXPIRE', key, left)
  end
  answers[2 * i] = left
end
return answers
"""
_DELETE_IF = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""
# The caller at KEYS[1] and, at the key that their rights complete, an answer: each made from fields
# of the hashes at KEYS[2] and KEYS[3]. All of it in one step: between comparing the fields and
# returning the answer nothing changes. The keys of answers and counters are made here, so a
# cluster could not tell where they are; ours is one server.
_READ_ANSWER = """
local function counts(depends_on)
  for i, fields in ipairs(cjson.decode(depends_on)) do
    local now = redis.call('HMGET', KEYS[i + 1], unpack(fields[1]))
    for j, value in ipairs(fields[2]) do
      if (now[j] or '') ~= value then return false end
    end
  end
  return true
end
local function raise(counters)
  local raised = {}
  for _, counter in ipairs(counters) do
    local used = tonumber(redis.call('GET', counter[1]) or '0')
    if counter[2] >= 0 and used >= counter[2] then return nil end
  end
  for _, counter in ipairs(counters) do
    raised[#raised + 1] = redis.call('INCR', counter[1])
    local left = redis.call('PTTL', counter[1])
    if left < 0 then
      redis.call('PEXPIRE', counter[1], counter[3])
      left = counter[3]
    end
    raised[#raised + 1] = left
  end
  return raised
end
local caller = redis.call('HMGET', KEYS[1], 'depends_on', 'rights', 'counters', 'metadata')
if caller[1] and counts(caller[1]) then
  local key = ARGV[3] .. caller[2] .. ARGV[4]
  local answer = redis.call('HMGET', key, 'depends_on', 'metadata', 'body')
  if answer[1] and counts(answer[1]) then
    local raised = raise(cjson.decode(caller[3]))
    if not raised then return {} end
    return {caller[4], answer[2], answer[3], raised}
  end
end
for i = 2, 3 do
  redis.call('HSETNX', KEYS[i], 'base', ARGV[1])
  if redis.call('PTTL', KEYS[i]) < 0 then redis.call('PEXPIRE', KEYS[i], ARGV[2]) end
end
return {redis.call('HGETALL', KEYS[2]), redis.call('HGETALL', KEYS[3])}
"""
_PARTS_OF_ANSWER = 4


@contextmanager
def _errors_named() -> Iterator[None]:
    # The cause holds the address of the server: it is logged by the circuit breaker and
    # must not travel in a problem document.
    try:
        yield
    except (RedisError, OSError) as error:
        raise CacheUnavailable("The cache does not answer. Try again shortly.") from error


@cache
def _digest(script: str) -> str:
    """By what a server knows a script that it was given before."""
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()


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
        keys = [key for key, _, _ in steps]
        arguments = [each for _, by, ttl in steps for each in (by, _milliseconds(ttl))]
        with _errors_named():
            answers: Any = self._run(_COUNT, keys, *arguments)
        pairs = zip(answers[0::2], answers[1::2], strict=True)
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

    def write_fields(
        self, hashes: Mapping[str, Mapping[str, str]], ttl: float, *, without: AbstractSet[str]
    ) -> None:
        """See :class:`iac_platform.cache.stores.Store`."""
        with _errors_named(), self._redis.pipeline(transaction=True) as pipeline:
            for key, fields in hashes.items():
                pipeline.hset(key, mapping=cast("Any", fields))
                pipeline.pexpire(key, _milliseconds(ttl))
            if without:
                pipeline.unlink(*without)
            pipeline.execute()

    def read_answer(
        self, keys: tuple[str, str, str], around: tuple[str, str], fresh: str, ttl: float
    ) -> Found | None:
        """See :class:`iac_platform.cache.stores.Store`."""
        with _errors_named():
            parts: Any = self._run(_READ_ANSWER, keys, fresh, _milliseconds(ttl), *around)
        if not parts:
            return Found()
        if len(parts) == _PARTS_OF_ANSWER:
            *answer, raised = parts
            pairs = zip(raised[0::2], raised[1::2], strict=True)
            counts = [Count(value, max(0, left) / 1000) for value, left in pairs]
            return Found(tuple(answer), counts)
        return Found(stamps=(_fields(parts[0]), _fields(parts[1])))

    def write_answer(
        self,
        keys: tuple[str, str, str, str],
        caller: CallerEntry,
        answer: AnswerEntry,
        ttl: float,
        stamps_ttl: float,
    ) -> None:
        """See :class:`iac_platform.cache.stores.Store`."""
        steps = [(name, limit, _milliseconds(seconds)) for name, limit, seconds in caller.counters]
        who: dict[str, Any] = {
            "depends_on": _as_lists(caller.depends_on),
            "rights": caller.rights,
            "counters": orjson.dumps(steps),
            "metadata": caller.metadata,
        }
        what: dict[str, Any] = {
            "depends_on": _as_lists(answer.depends_on),
            "metadata": answer.metadata,
            "body": answer.body,
        }
        with _errors_named(), self._redis.pipeline(transaction=True) as pipeline:
            for key, mapping in zip(keys[:2], (who, what), strict=True):
                pipeline.hset(key, mapping=cast("Any", mapping))
                pipeline.pexpire(key, _milliseconds(ttl))
            for key in keys[2:]:
                pipeline.pexpire(key, _milliseconds(stamps_ttl))
            pipeline.execute()

    def _run(self, script: str, keys: Sequence[str], *arguments: Any) -> Any:
        """Run a script by its digest, and by its text where the server does not know it yet."""
        try:
            return self._redis.evalsha(_digest(script), len(keys), *keys, *arguments)
        except NoScriptError:
            return self._redis.eval(script, len(keys), *keys, *arguments)

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


def _fields(flat: list[bytes]) -> dict[str, str]:
    """A hash as the server lists it: names and values in turn."""
    texts = [each.decode() for each in flat]
    return dict(zip(texts[0::2], texts[1::2], strict=True))


def _as_lists(hashes: Sequence[Mapping[str, str]]) -> bytes:
    """Fields of hashes, names and values apart, as the script reads them."""
    return orjson.dumps([(list(fields), list(fields.values())) for fields in hashes])
