"""Endpoints of grants, and of what people pass on."""

from __future__ import annotations

from iac_platform.gateway.actions import creates, deletes, reads
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac.models import RoleGrant
from rbac.permissions import DELEGATE_ROLE, GRANT_ROLE, VIEW_ROLE
from rbac.rest.filters import GrantFilter
from rbac.rest.role_serializers import DelegationInput, GrantInput, GrantOutput
from rbac.services.grants import delegate_role, grant_role, revoke_grant

_GRANT = "Grant the role; none that allows more than you may do yourself."
_DELEGATE = "Pass on a role that you hold; it ends when yours does."


class GrantViewSet(ResourceViewSet[RoleGrant]):
    """Who has which role, for what and until when; deleting revokes."""

    queryset = RoleGrant.objects.select_related("role")
    noun = "grant"
    output_serializer = GrantOutput
    filterset_class = GrantFilter
    list, retrieve = reads(VIEW_ROLE)
    create = creates(GRANT_ROLE, grant_role, GrantInput, detail=_GRANT)
    destroy = deletes(GRANT_ROLE, revoke_grant)


class DelegationViewSet(ResourceViewSet[RoleGrant]):
    """What people have passed on to others; deleting takes it back."""

    queryset = RoleGrant.objects.select_related("role").filter(delegated_by__isnull=False)
    noun = "delegation"
    output_serializer = GrantOutput
    list, retrieve = reads(DELEGATE_ROLE)
    create = creates(DELEGATE_ROLE, delegate_role, DelegationInput, detail=_DELEGATE)
    destroy = deletes(DELEGATE_ROLE, revoke_grant)
