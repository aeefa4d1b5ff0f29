"""Endpoints of roles, of grants, and of what people pass on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from drf_spectacular.utils import extend_schema

from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.serializers import parse
from iac_platform.gateway.viewsets import Creating, Destroying, Listing, Retrieving, Updating
from rbac import permissions
from rbac.access.holdings import Limits, Period
from rbac.models import Role, RoleGrant, Team, User
from rbac.rest import role_serializers as serializers
from rbac.rest.filters import GrantFilter
from rbac.rest.references import visible_team, visible_user
from rbac.selectors import role_facts
from rbac.services import grants, roles

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response


class RoleViewSet(
    Listing[Role], Retrieving[Role], Creating[Role], Updating[Role], Destroying[Role]
):
    """The tenant's roles, with all that they allow; the platform's are not to be changed."""

    model = Role
    action_permissions: ClassVar = {
        "list": permissions.VIEW_ROLE,
        "retrieve": permissions.VIEW_ROLE,
        "create": permissions.CREATE_ROLE,
        "partial_update": permissions.UPDATE_ROLE,
        "destroy": permissions.DELETE_ROLE,
    }
    input_serializer = serializers.RoleInput
    output_serializer = serializers.RoleOutput
    ordering = ("name",)
    ordering_columns: ClassVar = {"name": "name_key"}
    requires_if_match = True

    def get_serializer_context(self) -> dict[str, Any]:
        """With all roles, from which what one inherits is read."""
        return {**super().get_serializer_context(), "facts": role_facts()}

    def perform_create(self, data: dict[str, Any]) -> Role:
        """Make the role."""
        return roles.create_role(**data, actor=actor_of(self.request))

    @extend_schema(request=serializers.RoleInput)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a role of the tenant's own; `permissions` and `inherits` are replaced whole."""
        del args, kwargs
        role = self.get_object_to_change()
        changes = parse(serializers.RoleInput, request, partial=True)
        actor = actor_of(request)
        return self.present(
            roles.update_role(role, actor=actor, changes=changes, revision=role.revision)
        )

    def perform_destroy(self, obj: Role) -> None:
        """Remove the role, which nobody may have."""
        roles.delete_role(obj, actor=actor_of(self.request), revision=obj.revision)


def _limits_and_period(data: dict[str, Any]) -> dict[str, Any]:
    """What of a body bounds a grant."""
    projects, environments = data["projects"], data["environments"]
    return {
        "limits": Limits(
            None if projects is None else frozenset(projects),
            None if environments is None else frozenset(environments),
        ),
        "period": Period(data["starts_at"], data["expires_at"]),
    }


class GrantViewSet(
    Listing[RoleGrant], Retrieving[RoleGrant], Creating[RoleGrant], Destroying[RoleGrant]
):
    """Who has which role, for what and until when; deleting revokes."""

    model = RoleGrant
    noun = "grant"
    action_permissions: ClassVar = {
        "list": permissions.VIEW_ROLE,
        "retrieve": permissions.VIEW_ROLE,
        "create": permissions.GRANT_ROLE,
        "destroy": permissions.GRANT_ROLE,
    }
    input_serializer = serializers.GrantInput
    output_serializer = serializers.GrantOutput
    filterset_class = GrantFilter

    def objects(self) -> QuerySet[RoleGrant]:
        """Grants with their roles."""
        return RoleGrant.objects.select_related("role")

    def perform_create(self, data: dict[str, Any]) -> RoleGrant:
        """Grant the role; none that allows more than you may do yourself."""
        return grants.grant_role(
            _receiver(data, self.request.user),
            roles.find_role(data["role"]),
            actor=actor_of(self.request),
            **_limits_and_period(data),
        )

    def perform_destroy(self, obj: RoleGrant) -> None:
        """Revoke the grant."""
        grants.revoke_grant(obj, actor=actor_of(self.request))


def _receiver(data: dict[str, Any], reader: Any) -> User | Team:
    if "user" in data:
        return visible_user(data["user"], reader)
    return visible_team(data["team"], reader)


class DelegationViewSet(
    Listing[RoleGrant], Retrieving[RoleGrant], Creating[RoleGrant], Destroying[RoleGrant]
):
    """What people have passed on to others; deleting takes it back."""

    model = RoleGrant
    noun = "delegation"
    action_permissions: ClassVar = {
        "list": permissions.DELEGATE_ROLE,
        "retrieve": permissions.DELEGATE_ROLE,
        "create": permissions.DELEGATE_ROLE,
        "destroy": permissions.DELEGATE_ROLE,
    }
    input_serializer = serializers.DelegationInput
    output_serializer = serializers.GrantOutput

    def objects(self) -> QuerySet[RoleGrant]:
        """Grants that somebody has passed on, with their roles."""
        return RoleGrant.objects.select_related("role").filter(delegated_by__isnull=False)

    def perform_create(self, data: dict[str, Any]) -> RoleGrant:
        """Pass on a role that you hold; it ends when yours does."""
        return grants.delegate_role(
            visible_user(data["user"], self.request.user),
            roles.find_role(data["role"]),
            actor=cast("User", self.request.user),
            **_limits_and_period(data),
        )

    def perform_destroy(self, obj: RoleGrant) -> None:
        """Take it back."""
        grants.revoke_grant(obj, actor=actor_of(self.request))
