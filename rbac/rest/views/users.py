"""Endpoints of the people of a tenant."""

from __future__ import annotations

from http import HTTPMethod
from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from rest_framework.response import Response

from iac_platform.gateway.actions import (
    Extra,
    Options,
    allow,
    creates,
    present_again,
    reads,
    runs,
    updates,
)
from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac.models import Role, RoleGrant, User
from rbac.permissions import CREATE_USER, GRANT_ROLE, UPDATE_USER, VIEW_USER
from rbac.rest.filters import UserFilter
from rbac.rest.serializers import RoleGrantInput, UserChange, UserInput, UserOutput
from rbac.services import grants, users

if TYPE_CHECKING:
    from rest_framework.request import Request


def _show_receiver(view: ResourceViewSet[User], grant: RoleGrant) -> Response:
    return present_again(view, grant.user)


_UPDATE = "Change a user; deactivating one ends all their access."
_GRANT: Options = {
    "show": _show_receiver,
    "extra": Extra(path="roles"),
    "summary": "Grant a role; none that allows more than you may do yourself.",
}
_REVOKE: Options = {
    "extra": Extra(HTTPMethod.DELETE, path="roles/(?P<role>[a-z0-9-]{1,60})"),
    "schema": {"responses": {204: None}},
}


class UserViewSet(ResourceViewSet[User]):
    """The people of the tenant; users are deactivated, not deleted, as the audit names them."""

    queryset = User.objects.prefetch_related("role_grants__role")
    output_serializer = UserOutput
    filterset_class = UserFilter
    ordering_fields = ("username", "created_at")
    requires_if_match = True
    list, retrieve = reads(VIEW_USER)
    create = creates(CREATE_USER, users.create_user, UserInput)
    partial_update = updates(UPDATE_USER, users.update_user, UserChange, summary=_UPDATE)
    grant = runs(GRANT_ROLE, grants.grant_role, RoleGrantInput, **_GRANT)

    @allow(GRANT_ROLE, **_REVOKE)
    def revoke(self, request: Request) -> Response:
        """Take a role away; the user's next request is answered without it."""
        user, role = self.get_object(), get_object_or_404(Role, key=self.kwargs["role"])
        grants.revoke_role(user, role, actor=actor_of(request))
        return Response(status=204)
