"""Endpoints of the accesses of the operator's staff."""

from __future__ import annotations

from iac_platform.gateway.actions import deletes, reads
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac.models import SupportAccess
from rbac.permissions import DELETE_SUPPORT_ACCESS, VIEW_SUPPORT_ACCESS
from rbac.rest.serializers import SupportAccessOutput
from rbac.services.support import revoke_support_access

_DELETE = "End the access at once; it stays on record."


class SupportAccessViewSet(ResourceViewSet[SupportAccess]):
    """When the operator's staff were let into the tenant, by whom and why; newest first."""

    queryset = SupportAccess.objects.select_related("user")
    output_serializer = SupportAccessOutput
    list, retrieve = reads(VIEW_SUPPORT_ACCESS)
    destroy = deletes(DELETE_SUPPORT_ACCESS, revoke_support_access, detail=_DELETE)
