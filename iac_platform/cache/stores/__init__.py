"""Where cached bytes are kept: Redis, or this process when no Redis is configured."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

from django.core.cache import caches

from iac_platform.common.errors import DomainError, ErrorKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet


class CacheUnavailable(DomainError):
    """The cache's server does not answer, and the caller said that it matters."""

    code: ClassVar[str] = "cache-unavailable"
    title: ClassVar[str] = "A service this request depends on does not answer"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE


class Count(NamedTuple):
    """A counter after it was raised, and the seconds until it starts again at nothing."""

    value: int
    resets_in: float


class CallerEntry(NamedTuple):
    """Who may be given answers; see :mod:`iac_platform.cache.responses`.

    Attributes:
        rights: which answers.
        metadata: what is theirs in each answer.
        depends_on: the fields of both hashes that tell who they are.
        counters: ``(key, limit, seconds)``, raised with each answer.
    """

    rights: str
    metadata: bytes
    depends_on: Sequence[Mapping[str, str]]
    counters: Sequence[tuple[str, int, float]]


class AnswerEntry(NamedTuple):
    """An answer, and the fields of both hashes that it was made from."""

    metadata: bytes
    body: bytes
    depends_on: Sequence[Mapping[str, str]]


class Found(NamedTuple):
    """What a place holds of an answer; see :mod:`iac_platform.cache.responses`.

    Attributes:
        answer: the caller's metadata, the answer's, and its body, if there is one that counts.
        counts: its counters after this use.
        stamps: of the tenant and of the shared tables; None where a counter is exhausted.
    """

    answer: tuple[bytes, bytes, bytes] | None = None
    counts: Sequence[Count] = ()
    stamps: tuple[dict[str, str], dict[str, str]] | None = None


class Store(Protocol):
    """What the cache asks of a place to keep bytes; every method is one round trip.

    Keys are complete, time to live is in seconds. Each method raises
    :class:`CacheUnavailable` when the place cannot be reached.
    """

    def read(self, keys: Sequence[str]) -> list[bytes | None]:
        """The values of several keys, None where there is none."""

    def write(self, key: str, value: bytes, ttl: float) -> None:
        """Keep a value."""

    def add(self, key: str, value: bytes, ttl: float) -> bool:
        """Keep a value if the key holds none; whether it was kept."""

    def write_if(self, guard: tuple[str, bytes], key: str, value: bytes, ttl: float) -> bool:
        """Keep a value if another key holds what is expected; whether it was kept."""

    def delete(self, keys: Sequence[str]) -> int:
        """Forget keys; how many there were."""

    def delete_if(self, key: str, value: bytes) -> bool:
        """Forget a key if it holds this value; whether it did."""

    def count(self, steps: Sequence[tuple[str, int, float]]) -> list[Count]:
        """Raise counters by ``(key, by, ttl)``; the ttl runs from a counter's first step."""

    def peek(self, keys: Sequence[str]) -> list[Count]:
        """Counters as they stand, without starting or raising any."""

    def delete_matching(self, prefix: str, pattern: str) -> int:
        """Forget the keys that are ``prefix`` to the letter, then match ``pattern``."""

    def count_matching(self, prefix: str) -> int:
        """How many keys start with ``prefix``."""

    def write_fields(
        self, hashes: Mapping[str, Mapping[str, str]], ttl: float, *, without: AbstractSet[str]
    ) -> None:
        """Set fields of hashes, and forget those hashes that are ``without``."""

    def read_answer(
        self, keys: tuple[str, str, str], around: tuple[str, str], fresh: str, ttl: float
    ) -> Found | None:
        """The answer for the caller at the first key, by the rights that stand there.

        Both count if the hashes at the other keys hold what they were made from. Otherwise
        the hashes, each with a field ``base``, which is ``fresh`` if it had none.
        None where no responses are cached.

        Args:
            keys: of the caller and of both hashes.
            around: what stands before and after the rights in the key of the answer.
            fresh: a value that no field has had.
            ttl: of the hashes that are made here, until somebody keeps something under them.
        """

    def write_answer(
        self,
        keys: tuple[str, str, str, str],
        caller: CallerEntry,
        answer: AnswerEntry,
        ttl: float,
        stamps_ttl: float,
    ) -> None:
        """Keep who asked and what they were answered.

        Args:
            keys: of the caller, of the answer, and of both hashes.
            caller: who asked.
            answer: what they were answered.
            ttl: of both.
            stamps_ttl: of the hashes from now on.
        """

    def ping(self) -> None:
        """Return if the place answers."""


def current_store() -> Store:
    """The store that ``settings.CACHES["default"]`` stands for."""
    # Both modules are imported late: they need configured settings.
    from iac_platform.cache.stores.local import process_store  # noqa: PLC0415
    from iac_platform.cache.stores.redis import RedisStore  # noqa: PLC0415

    backend = caches["default"]
    if RedisStore.can_use(backend):
        return RedisStore(backend)
    return process_store
