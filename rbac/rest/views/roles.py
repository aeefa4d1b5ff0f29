"""Endpoints of roles."""

from __future__ import annotations

from typing import Any

from iac_platform.gateway.actions import creates, deletes, reads, updates
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac.models import Role
from rbac.permissions import CREATE_ROLE, DELETE_ROLE, UPDATE_ROLE, VIEW_ROLE
from rbac.rest.role_serializers import RoleInput, RoleOutput
from rbac.selectors import role_facts
from rbac.services import roles

_UPDATE = "Change a custom role; `permissions` and `inherits` are replaced whole."


class RoleViewSet(ResourceViewSet[Role]):
    """The tenant's roles, with all that they allow; the platform's are not to be changed."""

    model = Role
    output_serializer = RoleOutput
    ordering = ("name",)
    requires_if_match = True
    list, retrieve = reads(VIEW_ROLE)
    create = creates(CREATE_ROLE, roles.create_role, RoleInput)
    partial_update = updates(UPDATE_ROLE, roles.update_role, RoleInput, summary=_UPDATE)
    destroy = deletes(DELETE_ROLE, roles.delete_role, detail="Nobody may have it any more.")

    def get_serializer_context(self) -> dict[str, Any]:
        """With all roles, from which what one inherits is read."""
        return {**super().get_serializer_context(), "facts": role_facts()}
