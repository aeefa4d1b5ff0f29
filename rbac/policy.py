"""The one rule of access, as a queryset and as a predicate.

``check`` and ``permitted`` are two renderings of the same ``Reach``, so a list can
never show what a detail refuses, nor the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, Protocol

from django.db.models import Q

from iac_platform.common.permissions import Scope, get

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Model, QuerySet

    from iac_platform.common.permissions import Permission


class Subject(Protocol):
    """Whoever asks: a user, or nobody."""

    pk: Any
    is_active: bool

    @property
    def effective_permissions(self) -> Mapping[str, Scope]:
        """Scope by permission name."""


class NotPermitted(PermissionError):
    """The user may not do this."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Which objects of a model a user's permission extends to.

    Attributes:
        everything: all rows of the tenant.
        owner_path: where the owner of a row stands, when only one's own are reached; or
            its tenant, in the operator's scope, which shows those of all tenants.
        owner_id: whose rows those are.
    """

    everything: bool = False
    owner_path: str = ""
    owner_id: Any = None

    def as_q(self) -> Q | None:
        """The reach as a filter; None for nothing at all."""
        if self.everything:
            return Q()
        if self.owner_path:
            return Q(**{self.owner_path: self.owner_id})
        return None

    def includes(self, obj: Model) -> bool:
        """The reach as a predicate on one object."""
        if self.everything:
            return True
        if not self.owner_path:
            return False
        owner: Any = reduce(getattr, self.owner_path.split("__"), obj)
        return bool(getattr(owner, "pk", owner) == self.owner_id)


NOTHING = Reach()
EVERYTHING = Reach(everything=True)


def reach(user: Any, permission: Permission, model: type[Model]) -> Reach:
    """How far a user's permission extends over a model.

    ``own`` needs the model's ``owner_path``; a model without one has no owner, so
    nothing in it is anybody's own. ``tenant`` needs the ``tenant_path`` of a model of the
    shared tables: in the operator's scope these show every tenant's rows.
    """
    scope = held_scope(user, permission)
    if scope is None:
        return NOTHING
    if scope is Scope.OWN:
        path = getattr(model, "owner_path", "")
        return Reach(owner_path=path, owner_id=user.pk) if path else NOTHING
    if scope is Scope.TENANT and (path := getattr(model, "tenant_path", "")):
        return Reach(owner_path=path, owner_id=user.tenant_id)
    return EVERYTHING


def held_scope(user: Any, permission: Permission) -> Scope | None:
    """The widest scope in which a user holds a permission; None when not at all."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return None
    held: Scope | None = user.effective_permissions.get(permission.name)
    return held


def check(user: Any, permission: Permission, obj: Model | None = None) -> bool:
    """Whether a user may do something, to one object or (without one) to any."""
    if obj is None:
        return held_scope(user, permission) is not None
    return reach(user, permission, type(obj)).includes(obj)


def require(user: Any, permission: Permission, obj: Model | None = None) -> None:
    """Go on only if the user may.

    Raises:
        NotPermitted: they may not.
    """
    if not check(user, permission, obj):
        raise NotPermitted(f"This needs the permission {permission.name}.")


class RolePolicy:
    """The rule in the form the gateway asks for (``settings.ACCESS_POLICY``)."""

    @staticmethod
    def permitted(queryset: QuerySet[Any], user: Any, permission: Permission) -> QuerySet[Any]:
        """The rows of ``queryset`` that the permission reaches."""
        condition = reach(user, permission, queryset.model).as_q()
        return queryset.none() if condition is None else queryset.filter(condition)

    @staticmethod
    def allows(user: Any, permission: Permission, obj: Model | None = None) -> bool:
        """Whether the permission reaches ``obj``, or (without one) anything."""
        return check(user, permission, obj)

    @staticmethod
    def view_permission(resource: str) -> Permission:
        """The permission to read objects of a resource."""
        return get(f"{resource}.view")
