"""Why somebody may do something, or may not: the rule once more, with every step on record.

Each way of holding a permission goes the steps of ``rbac.policy.check_permission``: the role
that is granted, its time, what it allows, the scope, the limits and four eyes. The terms are
those of ``rbac.policy``, so an explanation cannot tell of another rule than the one that counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from iac_platform.common.permissions import Scope
from rbac.access.holdings import Entitlement, within
from rbac.policy import four_eyes_terms, limit_terms, reaches, scope_terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from uuid import UUID

    from django.db.models import Model

    from iac_platform.common.permissions import Permission
    from rbac.access.holdings import Access, Grant, Limits, Period
    from rbac.access.roles import Allowance, RoleFacts


class StepName(StrEnum):
    """The steps of a check, in their order."""

    ROLE = "role"
    TIME = "time"
    PERMISSION = "permission"
    SCOPE = "scope"
    LIMITS = "limits"
    FOUR_EYES = "four_eyes"


@dataclass(frozen=True, slots=True)
class Step:
    """One step, whether it was passed, and why, for people."""

    name: StepName
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: may this user do this, to this object or (without one) to any, now?"""

    user: Any
    permission: Permission
    obj: Model | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """A grant of a role that allows the permission, whatever comes of it.

    Attributes:
        grant: the grant.
        scope: in which the role allows it.
        role_path: keys of roles, from the granted one to the one that allows it.
        entitlement: what the grant gives within its limits; None when nothing.
        withheld: why the user may not use it although it is theirs; empty if they may.
    """

    grant: Grant
    scope: Scope
    role_path: tuple[str, ...]
    entitlement: Entitlement | None
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class AccessPath:
    """A candidate with the steps it went."""

    candidate: Candidate
    steps: tuple[Step, ...]

    @property
    def failed(self) -> Step | None:
        """The first step that was not passed."""
        return next((step for step in self.steps if not step.passed), None)

    @property
    def allowed(self) -> bool:
        """Whether this way alone is enough."""
        return self.failed is None

    @property
    def scope(self) -> Scope:
        """The scope that is left of the role's within the limits."""
        given = self.candidate.entitlement
        return given.scope if given else self.candidate.scope

    @property
    def rank(self) -> tuple[Any, ...]:
        """How good a reason it is: what is allowed, then what is near it, wide and direct."""
        passed = [step.passed for step in self.steps]
        grant = self.candidate.grant
        return (
            self.allowed,
            passed.index(False) if False in passed else len(passed),
            list(Scope).index(self.scope),
            -len(grant.team_path),
            -len(self.candidate.role_path),
            grant.period.expires_at is None,
            str(grant.id),
        )


@dataclass(frozen=True, slots=True)
class Option:
    """A role of the tenant that allows the permission.

    Attributes:
        role: which.
        allowance: in which scope, and by which roles that it inherits.
        sufficient: whether having it, without limits, would be enough.
    """

    role: RoleFacts
    allowance: Allowance
    sufficient: bool


# --- Gathering --------------------------------------------------------------------------
def candidates(
    name: str,
    *,
    held: Access,
    full: Access,
    withheld: str,
    others: Iterable[tuple[Grant, Allowance, Entitlement | None]],
) -> Iterator[Candidate]:
    """All grants that have to do with a permission, each once.

    Args:
        name: the permission's.
        held: what the user may use.
        full: what is theirs, also what their token or kind keeps from them.
        withheld: why the rest of it is kept from them.
        others: grants whose role allows it but that give nothing now: beyond their limits,
            or ended.
    """
    listed = set[object]()
    for access, why in ((held, ""), (full, withheld)):
        grants = {grant.id: grant for grant in access.grants}
        for path in access.entitlements.get(name, ()):
            if path.origin is not None and path.origin.grant_id not in listed:
                listed.add(path.origin.grant_id)
                grant = grants[path.origin.grant_id]
                yield Candidate(grant, path.scope, path.origin.role_path, path, why)
    for grant, allowance, given in others:
        if grant.id not in listed:
            listed.add(grant.id)
            yield Candidate(grant, allowance.scope, allowance.path, given)


def given_otherwise(
    grants: Iterable[Grant],
    allowed: Mapping[UUID, Mapping[str, Allowance]],
    permission: Permission,
) -> Iterator[tuple[Grant, Allowance, Entitlement | None]]:
    """Grants whose role allows a permission, with what is left of it within their limits."""
    for grant in grants:
        allowance = allowed.get(grant.role_id, {}).get(permission.name)
        if allowance is not None:
            yield grant, allowance, within(permission, allowance.scope, grant.limits)


def options(
    question: Question, roles: Iterable[RoleFacts], allowed: Mapping[UUID, Mapping[str, Allowance]]
) -> list[Option]:
    """The roles that allow what is asked, those first that would be enough."""
    found = []
    for role in roles:
        allowance = allowed[role.id].get(question.permission.name)
        if allowance is not None:
            found.append(Option(role, allowance, _would_do(question, allowance.scope)))
    return sorted(found, key=lambda option: (not option.sufficient, option.role.key))


def _would_do(question: Question, scope: Scope) -> bool:
    return question.obj is None or reaches(
        question.user, question.permission, Entitlement(scope), question.obj
    )


# --- The steps --------------------------------------------------------------------------
def walk(question: Question, candidate: Candidate) -> AccessPath:
    """Go the steps of the check with one candidate."""
    return AccessPath(candidate, tuple(_steps(question, candidate)))


def _steps(question: Question, candidate: Candidate) -> Iterator[Step]:
    grant, given = candidate.grant, candidate.entitlement
    yield Step(StepName.ROLE, passed=True, detail=_granted(grant))
    yield _time(grant.period, question.now)
    yield _permission(question.permission, candidate)
    if given is None:
        where = " or ".join(f"{kind}s" for kind in grant.limits.limitable_by)
        detail = f"The grant is limited to {where}, and {question.permission} reaches beyond them."
        yield Step(StepName.LIMITS, passed=False, detail=detail)
    elif question.obj is not None:
        yield _scope(question, given.scope, question.obj)
        yield _limits(given.limits, question.obj)
        yield from _four_eyes(question, question.obj)
    elif given.limits.limitable_by:
        detail = f"The grant is limited to {_extent(given.limits)}."
        yield Step(StepName.LIMITS, passed=True, detail=detail)


def _granted(grant: Grant) -> str:
    if not grant.team_path:
        return f"The role {grant.role_key} is granted directly."
    *path, team = grant.team_path
    by = f", by way of {', '.join(path)}" if path else ""
    return f"The role {grant.role_key} is granted to the team {team}{by}."


def _time(period: Period, now: datetime) -> Step:
    begins, ends = period.starts_at, period.expires_at
    if begins is not None and now < begins:
        detail = f"The grant begins at {_moment(begins)}."
    elif ends is not None:
        detail = f"The grant {'lasts until' if now < ends else 'ended at'} {_moment(ends)}."
    else:
        detail = "The grant counts, without an end."
    return Step(StepName.TIME, period.includes(now), detail)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _permission(permission: Permission, candidate: Candidate) -> Step:
    if candidate.withheld:
        return Step(StepName.PERMISSION, passed=False, detail=candidate.withheld)
    granted, *inherited = candidate.role_path
    by = f", inherited by way of {', '.join(inherited)}" if inherited else ""
    detail = f"{granted} allows {permission} in the scope {candidate.scope}{by}."
    return Step(StepName.PERMISSION, passed=True, detail=detail)


def _scope(question: Question, scope: Scope, obj: Model) -> Step:
    alternatives = scope_terms(scope, type(obj), question.user)
    passed = any(all(term.holds(obj) for term in terms) for terms in alternatives)
    verb = "reaches" if passed else "does not reach"
    detail = f"The scope {scope} {verb} the object: {_meaning(scope, type(obj))}."
    return Step(StepName.SCOPE, passed, detail)


def _meaning(scope: Scope, model: type[Model]) -> str:
    """What a scope is about, in words."""
    kind = model._meta.verbose_name
    if scope in (Scope.OWN, Scope.TEAM) and not getattr(model, "owner_path", ""):
        return f"nobody owns a {kind}"
    return {
        Scope.OWN: "only what is one's own",
        Scope.TEAM: "what is one's own or belongs to one's teams",
        Scope.TENANT: "all that is the tenant's",
        Scope.GLOBAL: "all there is",
    }[scope]


def _limits(limits: Limits, obj: Model) -> Step:
    if not limits.limitable_by:
        return Step(StepName.LIMITS, passed=True, detail="The grant has no limits for it.")
    terms = limit_terms(limits, type(obj))
    passed = terms is not None and all(term.holds(obj) for term in terms)
    place = "within" if passed else "outside of"
    detail = f"The object lies {place} the {_extent(limits)} that the grant is limited to."
    return Step(StepName.LIMITS, passed, detail)


def _extent(limits: Limits) -> str:
    """How many of what there are within limits."""
    counted = ((kind, len(limits.of(kind) or ())) for kind in limits.limitable_by)
    return " and ".join(f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in counted)


def _four_eyes(question: Question, obj: Model) -> Iterator[Step]:
    if not question.permission.four_eyes:
        return
    terms = four_eyes_terms(question.permission, type(obj), question.user)
    passed = terms is not None and all(term.holds(obj) for term in terms)
    detail = (
        "Somebody else is the author."
        if passed
        else f"{question.permission} is for others than the author."
    )
    yield Step(StepName.FOUR_EYES, passed, detail)
