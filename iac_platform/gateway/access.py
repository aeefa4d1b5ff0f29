from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from django.db.models import Model

    from iac_platform.common.permissions import Permission

M = TypeVar("M", bound="Model")


class AccessPolicy(Protocol):
    """The one rule of access, implemented above the gateway.

    ``allows(user, permission, obj)`` is true exactly for the objects that
    ``permitted(queryset, user, permission)`` keeps.
    """

    def permitted(self, queryset: QuerySet[M], user: Any, permission: Permission) -> QuerySet[M]:
        """The objects among these on which the user holds the permission."""

    def allows(self, user: Any, permission: Permission, obj: Model | None = None) -> bool:
        """Whether the user holds the permission on the object, or on any without one."""

    def view_permission(self, resource: str) -> Permission:
        """The permission to read objects of this resource."""


def is_limited(user: Any, permission: Permission, model: type[Model]) -> bool:
    """Whether there may be objects of a model that the permission does not reach.

    Found without a query, by whether the policy adds a condition.
    """
    return bool(access_policy().permitted(QuerySet(model), user, permission).query.where)


def access_policy() -> AccessPolicy:
    """The policy that ``settings.ACCESS_POLICY`` names: a class, an object or a module."""
    target = import_string(settings.ACCESS_POLICY)
    return cast("AccessPolicy", target() if inspect.isclass(target) else target)
