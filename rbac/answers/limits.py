"""Names of what grants are limited to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iac_platform.common.permissions import LimitKind
from rbac.grant_limits import GRANT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from rbac.access.holdings import Limits


def names_of_limits(limits: Iterable[Limits], *, user: Any) -> dict[UUID, str]:
    """Names of all that these limits speak of, by id; in one query for each kind that they do.

    Args:
        limits: of any number of grants.
        user: who reads them, and is told of what they may see; None for the platform itself.
    """
    names: dict[UUID, str] = {}
    every = list(limits)
    for kind in LimitKind:
        ids = frozenset[Any]().union(*(each.of(kind) or () for each in every))
        lookup = GRANT_LIMITS.get(kind)
        if ids and lookup:
            names |= lookup.names(user, ids=ids)
    return names
