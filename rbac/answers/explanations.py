"""Why one user may do something, or may not, and all that they hold."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from iac_platform.common.errors import ObjectNotFound
from iac_platform.common.permissions import get
from rbac.access.explaining import Question, candidates, given_otherwise, options, walk
from rbac.access.kinds import withheld_from
from rbac.access.loading import access_of
from rbac.answers.limits import names_of_limits
from rbac.models import RoleGrant, User
from rbac.permissions import VIEW_ROLE
from rbac.policy import check
from rbac.selectors import allowed_by, as_holding, role_facts, user_with_standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from django.db.models import Model

    from iac_platform.common.permissions import Permission, Scope
    from rbac.access.explaining import AccessPath, Option
    from rbac.access.holdings import Access, Entitlement, Grant

# So many grants that have ended are looked at, the latest first.
MOST_ENDED = 20


class ExplanationDiffers(RuntimeError):
    """The explanation came to another verdict than the rule: a defect, told to nobody."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A verdict with its reasons.

    Attributes:
        user, permission, obj: what was asked.
        acts: whether the user can do anything at all: active and, of the operator's staff,
            let in.
        paths: all grants that have to do with it, the best first.
        required_roles: after a denial, the roles that allow it.
        names: by id, of whom the grants were delegated by and of what they are limited to.
    """

    user: User
    permission: Permission
    obj: Model | None
    acts: bool
    paths: tuple[AccessPath, ...]
    required_roles: tuple[Option, ...]
    names: Mapping[UUID, str]

    @property
    def allowed(self) -> bool:
        """The verdict."""
        return self.acts and any(path.allowed for path in self.paths)

    @property
    def reason(self) -> str:
        """The verdict in a sentence or two."""
        if not self.acts:
            return "The account is not active, so it may do nothing."
        if not self.paths:
            return f"No role that is granted to the user allows {self.permission}."
        best = self.paths[0]
        if best.failed is not None:
            return f"The grant that comes nearest fails: {best.failed.detail}"
        return " ".join(step.detail for step in best.steps)


def user_named(name_or_id: str) -> tuple[User, bool]:
    """A user of the current tenant by id or name, and whether they can act at all.

    Raises:
        ObjectNotFound: there is none.
    """
    found = None
    with suppress(ValueError):
        found = user_with_standing(pk=UUID(name_or_id))
    if found is None:
        named = User.objects.named(name_or_id).first()
        found = user_with_standing(pk=named.pk) if named else None
    if found is None:
        raise ObjectNotFound("There is no such user.")
    return found


def explain(
    user: User, permission: Permission, obj: Model | None = None, *, acts: bool, reader: Any
) -> Explanation:
    """Why a user may do something, or may not: the verdict is always that of the rule.

    Args:
        user: who would do it.
        permission: what.
        obj: to which object; None for any at all.
        acts: whether the user can act at all, see ``user_named``.
        reader: who is told; of the tenant's own roles only if they may see roles.

    Raises:
        ExplanationDiffers: the reasons add up to another verdict.
    """
    # Again, because a grant may begin or end while it is looked at.
    for _ in range(2):
        paths = _paths(user, permission, obj)
        allowed = acts and any(path.allowed for path in paths)
        if allowed == (acts and check(user, permission, obj)):
            required_roles = (
                () if allowed else _needed(user, permission, obj, acts=acts, reader=reader)
            )
            names = names_around([path.candidate.grant for path in paths], reader=reader)
            return Explanation(user, permission, obj, acts, paths, required_roles, names)
    raise ExplanationDiffers(f"{user.pk}: {permission} on {obj and obj.pk}")


def _paths(user: User, permission: Permission, obj: Model | None) -> tuple[AccessPath, ...]:
    """All grants that have to do with a permission, walked through, the best first."""
    full = access_of(user.pk, user.tenant_id, user.access_stamp)
    grants = (*full.grants, *_ended(user, full))
    allowed = allowed_by({grant.role_id for grant in grants})
    found = candidates(
        permission.name,
        held=user.access,
        full=full,
        withheld=_withheld(user, permission.name),
        others=given_otherwise(grants, allowed, permission),
    )
    question = Question(user, permission, obj, timezone.now())
    paths = (walk(question, each) for each in found)
    return tuple(sorted(paths, key=lambda path: path.rank, reverse=True))


def _needed(
    user: User, permission: Permission, obj: Model | None, *, acts: bool, reader: Any
) -> tuple[Option, ...]:
    """The roles that would help; where none would, they are told nevertheless."""
    facts = role_facts()
    shows_all = check(reader, VIEW_ROLE)
    shown = [role for role in facts.values() if shows_all or not role.is_custom]
    question = Question(user, permission, obj, timezone.now())
    found = options(question, shown, allowed_by(facts, facts))
    helps = acts and not _withheld(user, permission.name)
    return tuple(each if helps else replace(each, sufficient=False) for each in found)


def _withheld(user: User, name: str) -> str:
    """Why a user may not use a permission although it is theirs; empty if they may."""
    token = getattr(user, "through", None)
    if token is not None and not token.limits.allow(name):
        return f"The token {token.prefix}… that is used does not allow it."
    return withheld_from(user.kind, name)


def _ended(user: User, full: Access) -> list[Grant]:
    """The latest of the grants that the user had."""
    theirs = Q(user=user) | Q(team_id__in=full.team_ids)
    grants = RoleGrant.objects.select_related("role", "team").filter(theirs)
    latest = grants.filter(expires_at__lte=Now()).order_by("-expires_at", "pk")[:MOST_ENDED]
    return [
        replace(as_holding(grant), team_path=(grant.team.name,) if grant.team else ())
        for grant in latest
    ]


def names_around(grants: Iterable[Grant], *, reader: Any) -> dict[UUID, str]:
    """The names of whom grants were delegated by, and of what they are limited to, by id."""
    every = list(grants)
    places = names_of_limits((grant.limits for grant in every), user=reader)
    return names_of(grant.delegated_by for grant in every) | places


def names_of(ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """The names of users of the tenant by id, in one query, or none without ids."""
    wanted = {each for each in ids if each is not None}
    return dict(User.objects.filter(pk__in=wanted).values_list("pk", "username")) if wanted else {}


# --- All that one holds -----------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Held:
    """One permission that somebody holds now, and the ways in which they do."""

    permission: Permission
    scope: Scope
    paths: tuple[tuple[Entitlement, Grant], ...]


@dataclass(frozen=True, slots=True)
class Holdings:
    """All that somebody holds now.

    Attributes:
        user: who.
        held: what they hold.
        withheld: what their roles allow and their kind or token keeps from them, and why.
        names: by id, of whom grants were delegated by and of what they are limited to.
    """

    user: User
    held: tuple[Held, ...]
    withheld: Mapping[str, str]
    names: Mapping[UUID, str]


def holdings_of(user: User, *, reader: Any = None) -> Holdings:
    """All that a user holds now, with where they have it from; told to them, or to a reader."""
    full = access_of(user.pk, user.tenant_id, user.access_stamp)
    usable = user.access.scopes()
    return Holdings(
        user,
        tuple(_held(user.access)),
        {name: _withheld(user, name) for name in full.scopes() if name not in usable},
        names_around(full.grants, reader=reader or user),
    )


def _held(access: Access) -> Iterator[Held]:
    grants = {grant.id: grant for grant in access.grants}
    for name, scope in access.scopes().items():
        paths = tuple(
            (path, grants[path.origin.grant_id]) for path in access.current(name) if path.origin
        )
        yield Held(get(name), scope, paths)
