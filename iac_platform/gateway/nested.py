"""Endpoints of what is reached under another object's address."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from django.db.models import Model, QuerySet
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import get_object_or_404

from iac_platform.common.access import access_policy
from iac_platform.gateway.viewsets import ResourceViewSet, lacks

if TYPE_CHECKING:
    from iac_platform.common.permissions import Permission

M = TypeVar("M", bound=Model)
P = TypeVar("P", bound=Model)


class NestedViewSet(ResourceViewSet[M], Generic[M, P]):
    """Endpoints of what belongs to the object that the address names first, its parent.

    The address always names something, so a parent that the user may not see is a 404 to them
    whatever they ask, also where they might ask nothing of any.

    Attributes:
        parents: where the parent is looked for.
        parent_kwarg: the part of the address that has its id.
        parent_field: of the endpoint's objects, by which they belong to it.
        parent_permission: what it takes to see it.
    """

    parents: QuerySet[P]
    parent_kwarg: ClassVar[str]
    parent_field: ClassVar[str]
    parent_permission: ClassVar[Permission]
    names_object = True

    @cached_property
    def parent(self) -> P:
        """The parent.

        Raises:
            Http404, DomainError: there is none, or the user may not see it.
        """
        return self.find_parent()

    def find_parent(self) -> P:
        """Look the parent up among those that the user may see."""
        seen = access_policy().permitted(
            self.parents.all(), self.request.user, self.parent_permission
        )
        found: P = get_object_or_404(seen, pk=self.kwargs[self.parent_kwarg])
        return found

    def parent_to_change(self) -> P:
        """The parent, if the user holds the action's permission on it.

        Raises:
            Http404, DomainError: there is none, or the user may not see it.
            PermissionDenied: they may see it, and no more.
        """
        if not access_policy().allows(self.request.user, self.permission, self.parent):
            raise PermissionDenied(lacks(self.permission))
        return self.parent

    def objects(self) -> QuerySet[M]:
        """What belongs to the parent."""
        return super().objects().filter(**{self.parent_field: self.parent})

    def readable_object(self) -> Any:
        """What the address names: the parent, where it names no part of it.

        Raises:
            Http404, DomainError: there is none, or the user may not see it.
        """
        names_part = (self.lookup_url_kwarg or self.lookup_field) in self.kwargs
        return self.find_part() if names_part else self.parent

    def find_part(self) -> M:
        """Look up the part that the address names."""
        return super().readable_object()


def parent_of(view: NestedViewSet[Any, P]) -> P:
    """The ``subject`` of services that act on what belongs to another object."""
    return view.parent
