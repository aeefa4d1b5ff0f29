"""The registry of quotas: what is limited, in which unit, and how it is counted.

Apps declare the quotas of what they own at import time, in their ``quotas`` module;
plans, overrides, the usage API and the admin are all read off this registry.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Kind(StrEnum):
    """How the use of a quota is known."""

    ROWS = "rows"  # how many rows there are; kept in a counter
    TALLY = "tally"  # another amount that goes up and down; kept in a counter
    MONTHLY = "monthly"  # kept in a counter for each calendar month, in UTC
    REQUESTS = "requests"  # kept by the gateway, for a day from the first request


@dataclass(frozen=True, slots=True)
class Quota:
    """Something of which a tenant may use so much.

    Attributes:
        name: stable; the key in plans, overrides and problem documents.
        title: what people read, in the plural.
        unit: what one of it is.
        kind: how its use is known.
        default: the limit where a plan says nothing of the quota, as for plans that are
            older than it; None for no limit.
        count: how much there is in the current tenant's rows, by which its counter starts and is
            repaired. ``Kind.ROWS`` has one, and ``Kind.TALLY`` may.
    """

    name: str
    title: str
    unit: str
    kind: Kind
    default: int | None
    count: Callable[[], int] | None = None

    def __str__(self) -> str:
        return self.name


class UndeclaredQuota(LookupError):
    """A quota was asked for by a name that no app declares."""


_registry: dict[str, Quota] = {}


def declare(
    name: str,
    title: str,
    *,
    unit: str,
    kind: Kind,
    default: int | None,
    count: Callable[[], int] | None = None,
) -> Quota:
    """Register a quota and return it, for use in the services that consume it.

    Raises:
        ValueError: the name is taken; rows are to be counted and nothing says how; or something
            does for what is in no rows.
    """
    if name in _registry:
        raise ValueError(f"The quota {name} is declared twice.")
    if (kind is Kind.ROWS and count is None) or (count and kind not in (Kind.ROWS, Kind.TALLY)):
        raise ValueError(f"The quota {name} needs a count exactly if rows tell how much there is.")
    _registry[name] = quota = Quota(name, title, unit, kind, default, count)
    return quota


def declared() -> tuple[Quota, ...]:
    """All quotas, ordered by name."""
    return tuple(_registry[name] for name in sorted(_registry))


def get(name: str) -> Quota:
    """The quota called ``name``.

    Raises:
        UndeclaredQuota: no app declares it.
    """
    try:
        return _registry[name]
    except KeyError:
        raise UndeclaredQuota(f"No quota is called {name!r}.") from None
