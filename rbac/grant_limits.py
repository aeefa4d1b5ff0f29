"""What grants can be limited to, asked of the apps that own it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from iac_platform.common.hooks import Hooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from uuid import UUID


class NamesOf(Protocol):
    """Names by id, as far as a user may see them; None is the platform itself, which sees all."""

    def __call__(self, user: Any, *, ids: Iterable[UUID] | None = None) -> Mapping[UUID, str]:
        """Of these ids, or of the first some hundred that there are."""


class LimitLookup(NamedTuple):
    """What is asked about a kind of things.

    Attributes:
        known: those of some ids that the current tenant has.
        names: their names, for people.
    """

    known: Callable[[Iterable[UUID]], frozenset[UUID]]
    names: NamesOf


# By ``LimitKind``; a grant cannot be limited to a kind of which no app knows anything.
GRANT_LIMITS: Hooks[LimitLookup] = Hooks("lookup of what grants are limited to")
