"""What the endpoints below one blueprint have in common."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import PermissionDenied

from blueprints.catalog import selectors
from iac_platform.gateway.access import access_policy
from iac_platform.gateway.viewsets import ResourceViewSet

if TYPE_CHECKING:
    from blueprints.catalog.models import Blueprint

_Part = TypeVar("_Part", bound=Model)

BLUEPRINT_ID = OpenApiParameter(
    "blueprint", {"type": "string", "format": "uuid"}, OpenApiParameter.PATH
)


class BlueprintPartViewSet(ResourceViewSet[_Part]):
    """Endpoints of what belongs to the blueprint that the address names.

    The address always names something, so a blueprint that the user may not see is a
    404 to them whatever they ask, also where they might ask nothing of any blueprint.
    """

    names_object = True

    @cached_property
    def blueprint(self) -> Blueprint:
        """The blueprint, with its project.

        Raises:
            BlueprintNotFound: there is none, or the user may not see it.
        """
        return selectors.visible_blueprint(self.kwargs["blueprint"], user=self.request.user)

    def readable_object(self) -> Any:
        """What the address names: the blueprint, where it names no part of it.

        Raises:
            DomainError: there is none, or the user may not see it.
        """
        return self.blueprint

    def blueprint_to_change(self) -> Blueprint:
        """The blueprint, if the user holds the verb's permission on it.

        Raises:
            BlueprintNotFound: there is none, or the user may not see it.
            PermissionDenied: they may see it, and no more.
        """
        if not access_policy().allows(self.request.user, self.permission, self.blueprint):
            raise PermissionDenied
        return self.blueprint
