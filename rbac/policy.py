"""The one rule of access, as a queryset and as a predicate.

``check`` and ``permitted`` are two renderings of the same alternatives, so a list can
never show what a detail refuses, nor the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import chain, islice
from operator import or_
from typing import TYPE_CHECKING, Any, Protocol

from django.db.models import Q

from iac_platform.cache.tables import current_reads
from iac_platform.common.access import require_recent_authentication
from iac_platform.common.audit import SystemActor
from iac_platform.common.errors import NotPermitted
from iac_platform.common.permissions import LimitKind, Scope, UnknownPermission, get
from rbac.access.fingerprints import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from uuid import UUID

    from django.db.models import Model, QuerySet

    from iac_platform.common.audit import Actor
    from iac_platform.common.permissions import Permission
    from rbac.access.holdings import Access, Entitlement, Limits


class Subject(Protocol):
    """Whoever asks: a user, or nobody."""

    pk: Any
    is_active: bool

    @property
    def access(self) -> Access:
        """All that they hold."""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that must be so of a row: what stands at ``path`` is among ``values``."""

    path: str
    values: frozenset[Any]
    negated: bool = False

    def holds(self, obj: Model) -> bool:
        """The term as a predicate on one object."""
        return (value_at(obj, self.path) in self.values) is not self.negated


def value_at(obj: Any, path: str) -> Any:
    """What stands at a path of a row; None where the way there ends."""
    for name in path.split("__"):
        obj = None if obj is None else getattr(obj, name)
    return getattr(obj, "pk", obj)


@dataclass(frozen=True, slots=True)
class Condition:
    """A reach without the values: of each term of each alternative its path and how many it has.

    Attributes:
        alternatives: see ``Reach``; whether a term is negated stands last.
    """

    alternatives: tuple[tuple[tuple[str, int, bool], ...], ...]

    def as_q(self, values: Sequence[UUID]) -> Q | None:
        """The reach with its values, in their order, as a filter; None for nothing at all."""
        if not self.alternatives:
            return None
        left = iter(values)
        return reduce(or_, [Q(*_filters(terms, left)) for terms in self.alternatives])


def _filters(terms: Iterable[tuple[str, int, bool]], left: Iterator[UUID]) -> Iterator[Q]:
    """The terms of an alternative, each with as many of the values that are left as it has."""
    for path, count, negated in terms:
        values = list(islice(left, count))
        found = Q(**({path: values[0]} if count == 1 else {f"{path}__in": values}))
        yield ~found if negated else found


@dataclass(frozen=True, slots=True)
class Reach:
    """Which rows of a model a user's permission extends to.

    Attributes:
        alternatives: those of which all terms of any alternative hold. Without an
            alternative it is none, and an alternative without terms is all of the tenant.
    """

    alternatives: tuple[tuple[Term, ...], ...] = ()

    @property
    def condition(self) -> Condition:
        """What it asks, whatever the values."""
        return Condition(
            tuple(
                tuple((term.path, len(term.values), term.negated) for term in terms)
                for terms in self.alternatives
            )
        )

    @property
    def values(self) -> tuple[Any, ...]:
        """The values of its terms, one after the other, each term's sorted."""
        terms = chain.from_iterable(self.alternatives)
        return tuple(chain.from_iterable(sorted(term.values) for term in terms))

    def as_q(self) -> Q | None:
        """The reach as a filter; None for nothing at all."""
        return self.condition.as_q(self.values)


def reach(user: Any, permission: Permission, model: type[Model]) -> Reach:
    """How far a user's permission extends over a model.

    The model tells by attributes where in a row stands what decides: ``owner_path`` (for
    ``own``), ``team_path`` (for ``team``, which includes one's own), ``tenant_path`` (for
    ``tenant``, in models of the shared tables, which show every tenant's rows in the
    operator's scope), ``project_path`` and ``environment_path`` (for grants that are limited
    to some). What a model does not have reaches nothing in it.
    """
    found = {terms for terms in _alternatives(user, permission, model) if _may_hold(terms)}
    if () in found:
        return Reach(((),))
    # Sorted, so that equal rights make equal statements.
    return Reach(tuple(sorted(found, key=repr)))


def _may_hold(terms: tuple[Term, ...]) -> bool:
    """Whether any row can be so: among no values at all stands nothing."""
    return all(term.values or term.negated for term in terms)


def _alternatives(
    user: Any, permission: Permission, model: type[Model]
) -> Iterator[tuple[Term, ...]]:
    """The alternatives of a reach, one after the other: a check ends at the first that fits."""
    for entitlement in held(user, permission):
        yield from _terms(entitlement, permission, model, user)


def _terms(
    entitlement: Entitlement, permission: Permission, model: type[Model], user: Any
) -> Iterator[tuple[Term, ...]]:
    """The alternatives that one way of holding a permission adds."""
    limits = limit_terms(entitlement.limits, model)
    others = four_eyes_terms(permission, model, user)
    if limits is None or others is None:
        return
    for scope in scope_terms(entitlement.scope, model, user):
        yield (*scope, *limits, *others)


def four_eyes_terms(
    permission: Permission, model: type[Model], user: Any
) -> tuple[Term, ...] | None:
    """What keeps authors from their own; None when nobody can tell who the author is.

    What a service account has made, whoever answers for it has made as well.
    """
    if not permission.four_eyes:
        return ()
    owner = str(getattr(model, "owner_path", ""))
    hands = frozenset({user.pk, *user.access.account_ids})
    return (Term(owner, hands, negated=True),) if owner else None


def limit_terms(limits: Limits, model: type[Model]) -> tuple[Term, ...] | None:
    """What limits add; None when the model has nothing that they speak of."""
    terms = []
    for kind in limits.limitable_by:
        path = LIMIT_PATHS[kind]
        if not hasattr(model, path):
            return None
        chosen = limits.of(kind)
        terms.append(Term(getattr(model, path), chosen or frozenset()))
    return tuple(terms)


LIMIT_PATHS = {
    LimitKind.PROJECT: "project_path",
    LimitKind.ENVIRONMENT: "environment_path",
}


def scope_terms(scope: Scope, model: type[Model], user: Any) -> Iterator[tuple[Term, ...]]:
    """The alternatives that a scope stands for."""
    owner, team = getattr(model, "owner_path", ""), getattr(model, "team_path", "")
    if scope in (Scope.OWN, Scope.TEAM):
        if owner:
            yield (Term(owner, frozenset({user.pk})),)
        if scope is Scope.TEAM and team and user.access.team_ids:
            yield (Term(team, user.access.team_ids),)
    elif scope is Scope.TENANT and (path := getattr(model, "tenant_path", "")):
        yield (Term(path, frozenset({user.tenant_id})),)
    else:
        yield ()


def held(user: Any, permission: Permission) -> Iterator[Entitlement]:
    """The ways in which a user holds a permission now; none for nobody."""
    if (reads := current_reads()) is not None:
        reads.permissions.add(permission.name)
    if getattr(user, "is_authenticated", False) and user.is_active:
        yield from user.access.current(permission.name)


def held_scope(user: Any, permission: Permission) -> Scope | None:
    """The widest scope in which a user holds a permission; None when not at all."""
    scopes = (path.scope for path in held(user, permission))
    return max(scopes, key=list(Scope).index, default=None)


def check(user: Any, permission: Permission, obj: Model | None = None) -> bool:
    """Whether a user may do something, to one object or (without one) to any."""
    if obj is None:
        return next(held(user, permission), None) is not None
    alternatives = _alternatives(user, permission, type(obj))
    return any(all(term.holds(obj) for term in terms) for terms in alternatives)


def reaches(user: Any, permission: Permission, entitlement: Entitlement, obj: Model) -> bool:
    """Whether one way of holding a permission, were it the user's, would do for an object."""
    alternatives = _terms(entitlement, permission, type(obj), user)
    return any(all(term.holds(obj) for term in terms) for terms in alternatives)


def check_permission(user: Any, resource: str, action: str, obj: Model | None = None) -> bool:
    """Whether a user may do ``action`` to ``obj``, or (without one) to any ``resource``.

    The four steps are those that every way into the platform goes:

    1. the user's roles: granted to them or to their teams, begun and not ended;
    2. what these roles allow, by themselves and by what they inherit;
    3. the scope: own, team, tenant or global;
    4. the object: whether it lies in that scope and in what the grant is limited to.

    Nobody may do what no app declares.
    """
    try:
        permission = get(f"{resource}.{action}")
    except UnknownPermission:
        return False
    return check(user, permission, obj)


def require(user: Any, permission: Permission, obj: Model | None = None) -> None:
    """Go on only if the user may.

    Raises:
        NotPermitted: they may not.
        RecentAuthenticationRequired: they may, once they have shown again who they are.
    """
    if check(user, permission, obj):
        require_recent_authentication(user, permission)
        return
    if obj is not None and check(user, permission):
        raise NotPermitted(
            f"What you hold of the permission {permission.name} does not reach here."
        )
    raise NotPermitted(f"This needs the permission {permission.name}.")


def require_of(actor: Actor, permission: Permission, obj: Model | None = None) -> None:
    """``require`` for services: the platform itself, which is no user, may do anything.

    Creating asks it about the object that is about to be: whether that would lie in what
    the actor reaches.

    Raises:
        NotPermitted: the actor is a user who may not.
    """
    if not isinstance(actor, SystemActor):
        require(actor, permission, obj)


class RolePolicy:
    """The rule in the form in which all below ask for it (``iac_platform.common.access``)."""

    @staticmethod
    def permitted(queryset: QuerySet[Any], user: Any, permission: Permission) -> QuerySet[Any]:
        """The rows of ``queryset`` that the permission reaches."""
        condition = reach(user, permission, queryset.model).as_q()
        return queryset.none() if condition is None else queryset.filter(condition)

    @staticmethod
    def reach(user: Any, permission: Permission, model: type[Model]) -> Reach:
        """How far the permission extends over a model."""
        return reach(user, permission, model)

    @staticmethod
    def allows(user: Any, permission: Permission, obj: Model | None = None) -> bool:
        """Whether the permission reaches ``obj``, or (without one) anything."""
        return check(user, permission, obj)

    @staticmethod
    def require(actor: Actor, permission: Permission, obj: Model | None = None) -> None:
        """``require_of``."""
        require_of(actor, permission, obj)

    @staticmethod
    def fingerprint(user: Any, permissions: Iterable[Permission]) -> str:
        """What all that this rule answers about these permissions follows from now."""
        return fingerprint(user, permissions)

    @staticmethod
    def view_permission(resource: str) -> Permission:
        """The permission to read objects of a resource."""
        return get(f"{resource}.view")
