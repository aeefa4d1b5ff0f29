"""Who may do something: the rule read the other way round, in one statement.

``who_can`` keeps exactly the users on whom ``check(user, permission, obj)`` is true. What the
rule asks of each user in turn (are they the owner, is the object their team's) is asked of
all of them at once.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from iac_platform.common.permissions import LimitKind, Scope
from rbac.access.explaining import Question, candidates, given_otherwise, walk
from rbac.access.holdings import Access, entitlements
from rbac.access.kinds import kinds_without
from rbac.answers.explanations import names_around
from rbac.answers.standing import standings
from rbac.models import RoleGrant, TeamMember, User
from rbac.policy import LIMIT_PATHS, value_at
from rbac.selectors import acting_users, allowed_by, role_facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

    from django.db.models import Model, QuerySet

    from iac_platform.common.permissions import Permission
    from rbac.access.explaining import AccessPath
    from rbac.access.roles import Allowance

_COLUMNS = {LimitKind.PROJECT: "projects", LimitKind.ENVIRONMENT: "environments"}


@dataclass(frozen=True, slots=True)
class Asked:
    """Who may do this, to this object or (without one) to any?

    Attributes:
        permission: what.
        obj: to which object.
        allowed: the roles that allow it: by the role's id, the one permission.
    """

    permission: Permission
    obj: Model | None
    allowed: Mapping[UUID, Mapping[str, Allowance]]


def asked(permission: Permission, obj: Model | None = None) -> Asked:
    """The question, with the roles that have to do with it."""
    facts = role_facts()
    allowed = {
        role_id: {permission.name: found[permission.name]}
        for role_id, found in allowed_by(facts, facts).items()
        if permission.name in found
    }
    return Asked(permission, obj, allowed)


# --- The users, in SQL ------------------------------------------------------------------
def who_can(question: Asked) -> QuerySet[User]:
    """The users who may do it now."""
    users = acting_users().exclude(kind__in=kinds_without(question.permission.name))
    paths = [
        _holds(grants) & reached
        for scope, grants in _grants_by_scope(question)
        if (reached := _reached(question, scope)) is not None
    ]
    if not paths or not _has_author(question):
        return users.none()
    found = users.filter(reduce(or_, paths))
    if not question.permission.four_eyes:
        return found
    # Nor whoever answers for the service account that is the author.
    author = _author(question)
    answering = User.objects.filter(pk=author, owner__isnull=False).values("owner_id")
    return found.exclude(pk=author).exclude(pk__in=answering)


def _grants_by_scope(question: Asked) -> Iterator[tuple[Scope, QuerySet[RoleGrant]]]:
    """The grants that count now and give the permission, by the scope in which they do."""
    by_scope = defaultdict[Scope, Q](Q)
    for scope, roles in _roles_by_scope(question.allowed).items():
        by_scope[scope] |= Q(_inside(question), role_id__in=roles)
        outside = question.permission.unlimited_scope
        if outside is not None:
            narrower = min(scope, outside, key=list(Scope).index)
            by_scope[narrower] |= Q(~_fits(question.permission), role_id__in=roles)
    for scope, condition in by_scope.items():
        yield scope, RoleGrant.objects.current().filter(condition)


def _roles_by_scope(
    allowed: Mapping[UUID, Mapping[str, Allowance]],
) -> Mapping[Scope, list[UUID]]:
    roles = defaultdict[Scope, list["UUID"]](list)
    for role_id, found in allowed.items():
        for allowance in found.values():
            roles[allowance.scope].append(role_id)
    return roles


def _fits(permission: Permission) -> Q:
    """Grants that are limited to nothing but what the permission's objects lie in."""
    return Q(
        *(
            Q((column, None))
            for kind, column in _COLUMNS.items()
            if kind not in permission.limitable_by
        )
    )


def _inside(question: Asked) -> Q:
    """Grants within whose limits the object lies."""
    return _fits(question.permission) & Q(
        *(_within(kind, question.obj) for kind in question.permission.limitable_by)
    )


def _within(kind: LimitKind, obj: Model | None) -> Q:
    if obj is None:
        return Q()
    path, column = getattr(obj, LIMIT_PATHS[kind], ""), _COLUMNS[kind]
    place = value_at(obj, path) if path else None
    unlimited = Q((column, None))
    return unlimited if place is None else unlimited | Q((f"{column}__contains", [place]))


def _holds(grants: QuerySet[RoleGrant]) -> Q:
    """Users who have one of the grants, themselves or by a team."""
    teams = grants.filter(team__isnull=False).values("team_id")
    members = TeamMember.objects.filter(
        Q(team_id__in=teams) | Q(team__ancestors__overlap=ArraySubquery(teams))
    )
    own = grants.filter(user__isnull=False).values("user_id")
    return Q(pk__in=own) | Q(pk__in=members.values("user_id"))


def _reached(question: Asked, scope: Scope) -> Q | None:
    """The users whom a scope leads to the object; None for nobody."""
    obj = question.obj
    if obj is None:
        return Q()
    if scope in (Scope.OWN, Scope.TEAM):
        owner = _at(obj, "owner_path")
        found = [] if owner is None else [Q(pk=owner)]
        team = _at(obj, "team_path") if scope is Scope.TEAM else None
        if team is not None:
            found.append(Q(Exists(_members(team).filter(user_id=OuterRef("pk")))))
        return reduce(or_, found) if found else None
    tenant = _at(obj, "tenant_path") if scope is Scope.TENANT else None
    return Q() if tenant is None else Q(tenant_id=tenant)


def _members(team_id: UUID) -> QuerySet[TeamMember]:
    """Who is in a team or in a part of it."""
    return TeamMember.objects.filter(Q(team_id=team_id) | Q(team__ancestors__contains=[team_id]))


def _has_author(question: Asked) -> bool:
    """Whether four eyes, where they are asked for, could tell who the author is."""
    obj = question.obj
    return obj is None or not question.permission.four_eyes or bool(getattr(obj, "owner_path", ""))


def _author(question: Asked) -> Any:
    return None if question.obj is None else _at(question.obj, "owner_path")


def _at(obj: Model, name: str) -> Any:
    path = getattr(obj, name, "")
    return value_at(obj, path) if path else None


# --- Their reasons ----------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Holder:
    """A user of whom one permission was read, for the rule to look at."""

    user: User
    access: Access

    @property
    def pk(self) -> UUID:
        """The user's id."""
        return self.user.pk

    @property
    def tenant_id(self) -> UUID:
        """The user's tenant."""
        return self.user.tenant_id


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why each of some users may do what was asked.

    Attributes:
        paths: the best way of each user that has one, by the user's id.
        names: by id, of whom grants were delegated by and of what they are limited to.
    """

    paths: Mapping[UUID, AccessPath]
    names: Mapping[UUID, str] = field(default_factory=dict)


def reasons(question: Asked, users: Sequence[User], *, reader: Any) -> Reasons:
    """The best reason of each of these users, in five statements for all of them."""
    now, permission = timezone.now(), question.permission
    found: dict[UUID, AccessPath] = {}
    for holder in _holders(question, users):
        asks = Question(holder, permission, question.obj, now)
        others = given_otherwise(holder.access.grants, question.allowed, permission)
        each = candidates(
            permission.name, held=holder.access, full=holder.access, withheld="", others=others
        )
        best = max((walk(asks, path) for path in each), key=lambda path: path.rank, default=None)
        if best is not None and best.allowed:
            found[holder.pk] = best
    names = names_around((path.candidate.grant for path in found.values()), reader=reader)
    return Reasons(found, names)


def _holders(question: Asked, users: Sequence[User]) -> Iterator[Holder]:
    grants = RoleGrant.objects.current().filter(role_id__in=list(question.allowed))
    held = standings(users, grants)
    for user in users:
        standing = held[user.pk]
        given = entitlements(standing.grants, question.allowed)
        yield Holder(user, Access(given, standing.team_ids, standing.grants))
