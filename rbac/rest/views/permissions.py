"""What roles can be made of."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from iac_platform.common.permissions import Scope, declared
from iac_platform.gateway.actions import Cached, allow
from iac_platform.gateway.published import Published
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac.permissions import VIEW_ROLE
from rbac.rest.permission_serializers import PermissionOutput, PermissionPage
from tenants.context import current_tenant

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response


class PermissionViewSet(ResourceViewSet[Any]):
    """Permissions: what a role of the tenant's own can allow, and how widely."""

    output_serializer = PermissionOutput
    pagination_class = None
    filter_backends = ()

    @allow(VIEW_ROLE, cached=Cached.LIST, schema={"responses": PermissionPage})
    def list(self, _: Request) -> Response:
        """All permissions that can be held in this tenant, on one page, by name."""
        return _catalogue(is_platform=current_tenant().is_platform).answer()


@cache
def _catalogue(*, is_platform: bool) -> Published:
    """Scope ``global`` is the operator's own, and what can be held in no other is as well."""
    members: list[str] = list(PermissionOutput().get_fields())
    page = []
    for permission in declared():
        scopes = [each for each in permission.scopes if is_platform or each is not Scope.GLOBAL]
        if scopes:
            shown: dict[str, Any] = {member: getattr(permission, member) for member in members}
            page.append(shown | {"scopes": scopes})
    return Published.page(page)
