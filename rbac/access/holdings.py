"""What somebody holds: permissions, each in a scope, within limits, for a while."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils import timezone

from iac_platform.common.permissions import LimitKind, Scope, get

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime
    from uuid import UUID

    from iac_platform.common.permissions import Permission
    from rbac.access.roles import Allowance


@dataclass(frozen=True, slots=True)
class Limits:
    """To which projects and environments a grant is limited; None for all."""

    projects: frozenset[UUID] | None = None
    environments: frozenset[UUID] | None = None

    def of(self, boundary: LimitKind) -> frozenset[UUID] | None:
        """The limit of one kind."""
        return self.projects if boundary is LimitKind.PROJECT else self.environments

    @property
    def size(self) -> int:
        """How many they name."""
        return len(self.projects or ()) + len(self.environments or ())

    @property
    def limitable_by(self) -> tuple[LimitKind, ...]:
        """The kinds of limits that there are."""
        return tuple(kind for kind in LimitKind if self.of(kind) is not None)


UNLIMITED = Limits()


@dataclass(frozen=True, slots=True)
class Period:
    """From when until when a grant counts; None for ever."""

    starts_at: datetime | None = None
    expires_at: datetime | None = None

    def includes(self, moment: datetime) -> bool:
        """Whether the grant counts at this moment; at the moment of its end it does not."""
        started = self.starts_at is None or self.starts_at <= moment
        return started and (self.expires_at is None or moment < self.expires_at)

    def outlasts(self, other: Period) -> bool:
        """Whether this one ends no earlier than the other."""
        return self.expires_at is None or (
            other.expires_at is not None and other.expires_at <= self.expires_at
        )


ALWAYS = Period()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where somebody has a permission from.

    Attributes:
        grant_id: the row of ``user_roles``.
        role_path: keys of roles, from the granted one to the one that allows it.
        team_path: names of teams, from one's own to the one that the role is granted to;
            empty for a grant to oneself.
        delegated_by: who passed it on, if somebody did.
    """

    grant_id: UUID
    role_path: tuple[str, ...]
    team_path: tuple[str, ...] = ()
    delegated_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Entitlement:
    """One way of holding one permission."""

    scope: Scope
    limits: Limits = UNLIMITED
    period: Period = ALWAYS
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that somebody has, themselves or through a team."""

    id: UUID
    role_id: UUID
    role_key: str
    limits: Limits
    period: Period
    team_path: tuple[str, ...] = ()
    delegated_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """All that somebody holds.

    Attributes:
        entitlements: the ways of holding each permission, by its name.
        team_ids: one's teams, and those that these are part of.
        grants: the roles that all this comes from.
        account_ids: the service accounts that one answers for, and so can act by.
        must_reauthenticate: whether it is held in a browser's session without a recent
            authentication.
    """

    entitlements: Mapping[str, tuple[Entitlement, ...]]
    team_ids: frozenset[UUID] = frozenset()
    grants: tuple[Grant, ...] = ()
    account_ids: frozenset[UUID] = frozenset()
    must_reauthenticate: bool = False

    @property
    def weight(self) -> int:
        """How much memory it takes, in things of some 200 bytes: ways, grants, and their limits."""
        paths = sum(map(len, self.entitlements.values()))
        return paths + sum(1 + grant.limits.size for grant in self.grants)

    def current(self, name: str) -> Iterator[Entitlement]:
        """The ways in which a permission is held now."""
        paths = self.entitlements.get(name)
        if paths:
            now = timezone.now()
            yield from (path for path in paths if path.period.includes(now))

    def scope_of(self, name: str) -> Scope | None:
        """The widest scope in which a permission is held now; None when it is not."""
        return max((path.scope for path in self.current(name)), key=list(Scope).index, default=None)

    def scopes(self) -> dict[str, Scope]:
        """The widest scope of each permission that is held now."""
        found = ((name, self.scope_of(name)) for name in sorted(self.entitlements))
        return {name: scope for name, scope in found if scope is not None}

    def role_keys(self) -> frozenset[str]:
        """The keys of the roles that are granted now."""
        now = timezone.now()
        return frozenset(grant.role_key for grant in self.grants if grant.period.includes(now))

    def original(self) -> Access:
        """What is left of it without what others passed on."""
        kept = {
            name: tuple(path for path in paths if path.origin and path.origin.delegated_by is None)
            for name, paths in self.entitlements.items()
        }
        return replace(self, entitlements=kept)

    def narrowed(self, keep: Callable[[str], bool]) -> Access:
        """What is left of it when only some permissions may be used."""
        kept = {name: paths for name, paths in self.entitlements.items() if keep(name)}
        return replace(self, entitlements=kept)


NOTHING_HELD = Access({})


def entitlements(
    grants: Iterable[Grant], allowed: Mapping[UUID, Mapping[str, Allowance]]
) -> dict[str, tuple[Entitlement, ...]]:
    """What these grants give, by the name of the permission.

    Args:
        grants: with their limits and periods.
        allowed: what each of their roles allows.
    """
    given: dict[str, list[Entitlement]] = {}
    for grant in grants:
        for name, allowance in allowed[grant.role_id].items():
            path = within(get(name), allowance.scope, grant.limits)
            if path is not None:
                origin = Origin(grant.id, allowance.path, grant.team_path, grant.delegated_by)
                path = replace(path, period=grant.period, origin=origin)
                given.setdefault(name, []).append(path)
    return {name: tuple(paths) for name, paths in given.items()}


def within(permission: Permission, scope: Scope, limits: Limits) -> Entitlement | None:
    """What is left of a permission within limits; None when nothing is.

    Where its objects lie in all that the grant is limited to, the limits hold. Elsewhere
    only ``unlimited_scope`` is left.
    """
    if all(kind in permission.limitable_by for kind in limits.limitable_by):
        return Entitlement(scope, limits)
    outside = permission.unlimited_scope
    if outside is None:
        return None
    return Entitlement(min(scope, outside, key=list(Scope).index))
