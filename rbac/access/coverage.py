"""Nobody gives what they do not hold: comparing what one holds with what one would give."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING
from uuid import UUID

from iac_platform.common.permissions import Scope
from rbac.access.holdings import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rbac.access.holdings import Access, Entitlement

# A team that nobody is in: with it among the teams, `team` is covered by `tenant` alone.
NO_TEAM = UUID(int=0)


@dataclass(frozen=True, slots=True)
class ProposedGrant:
    """What somebody would come to hold, and in which teams they would be then.

    The scope ``team`` reaches other objects for members of other teams, so whoever gives it
    must be in all of these teams, or hold the permission for the whole tenant.
    """

    entitlements: Mapping[str, tuple[Entitlement, ...]]
    team_ids: frozenset[UUID] = frozenset()


def missing(giver: Access, proposed: ProposedGrant) -> list[str]:
    """The names of the permissions that the giver does not hold as they would give them."""
    return sorted(
        name
        for name, paths in proposed.entitlements.items()
        if not all(_covered(giver, name, path, proposed.team_ids) for path in paths)
    )


def _covered(giver: Access, name: str, wanted: Entitlement, team_ids: frozenset[UUID]) -> bool:
    """Whether the giver holds one way of holding a permission, perhaps by several of theirs."""
    held = [
        path
        for path in giver.current(name)
        if path.period.outlasts(wanted.period) and _scope_covers(giver, path, wanted, team_ids)
    ]
    if any(_encloses(path.limits, wanted.limits) for path in held):
        return True
    return all(any(_encloses(path.limits, atom) for path in held) for atom in _atoms(wanted.limits))


def _scope_covers(
    giver: Access, path: Entitlement, wanted: Entitlement, team_ids: frozenset[UUID]
) -> bool:
    if wanted.scope is Scope.TEAM and path.scope is Scope.TEAM:
        return team_ids <= giver.team_ids
    return path.scope.covers(wanted.scope)


def _atoms(limits: Limits) -> Iterator[Limits]:
    """The limits, taken apart: each project with each environment."""
    projects = _ones(limits.projects)
    environments = _ones(limits.environments)
    return (Limits(*pair) for pair in product(projects, environments))


def _ones(values: frozenset[UUID] | None) -> list[frozenset[UUID] | None]:
    return [None] if values is None else [frozenset({value}) for value in values]


def _encloses(outer: Limits, inner: Limits) -> bool:
    """Whether one limit allows all that the other allows."""
    return all(
        mine is None or (theirs is not None and theirs <= mine)
        for mine, theirs in (
            (outer.projects, inner.projects),
            (outer.environments, inner.environments),
        )
    )
