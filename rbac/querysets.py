"""Querysets that know who may see what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models

from rbac.policy import RolePolicy

if TYPE_CHECKING:
    from iac_platform.common.permissions import Permission

_Model = TypeVar("_Model", bound=models.Model)


class PermittedQuerySet(models.QuerySet[_Model]):
    """A queryset that can be narrowed to what a user may do something to."""

    def permitted(self, user: Any, permission: Permission) -> Self:
        """The objects on which ``check(user, permission, obj)`` is true, and no others."""
        return RolePolicy.permitted(self, user, permission)  # type: ignore[return-value]  # narrowing keeps the class
