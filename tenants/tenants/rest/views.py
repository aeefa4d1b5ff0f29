"""The operator's endpoints for tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from iac_platform.gateway.actions import (
    Options,
    creates,
    deletes,
    present_again,
    reads,
    runs,
    updates,
)
from iac_platform.gateway.viewsets import ResourceViewSet
from tenants.lifecycle.services import cancel_deletion, request_deletion
from tenants.models import Operation, Tenant
from tenants.moves.services import request_move
from tenants.operations.rest import OperationOutput
from tenants.permissions import (
    CREATE_TENANT,
    DELETE_TENANT,
    MOVE_TENANT,
    UPDATE_TENANT,
    VIEW_TENANT,
)
from tenants.tenants.rest.filters import TenantFilter
from tenants.tenants.rest.serializers import MoveInput, TenantChange, TenantInput, TenantOutput
from tenants.tenants.services import create_tenant, update_tenant

if TYPE_CHECKING:
    from rest_framework.response import Response


def _show_queued(view: ResourceViewSet[Tenant], operation: Operation) -> Response:
    return view.present(operation, 202, Location=reverse("operation-detail", args=[operation.pk]))


def _show_closed(view: ResourceViewSet[Tenant], tenant: Tenant) -> Response:
    return present_again(view, tenant, 202)


_CREATE = "Create a tenant. It is ``provisioning`` while its placement is being made."
_UPDATE = "Rename a tenant or its slug, change its plan, suspend or reactivate it."
_RESTORE = "Take a deletion back within the grace period: the tenant is what it was before."
_MOVE: Options = {
    "show": _show_queued,
    "output": OperationOutput,
    "status": 202,
    "summary": "Move a tenant to the other tier or another pool, while it goes on working.",
}
_DELETE: Options = {
    "show": _show_closed,
    "status": 202,
    "summary": "Close a tenant at once, and delete it for good when its grace period is over.",
}


class TenantResourceViewSet(ResourceViewSet[Tenant]):
    """Tenants; only the operator's own people see them."""

    queryset = Tenant.objects.select_related("placement").prefetch_related("domains")
    output_serializer = TenantOutput
    filterset_class = TenantFilter
    ordering_fields = ("slug", "created_at")
    requires_if_match = True
    list, retrieve = reads(VIEW_TENANT)
    create = creates(CREATE_TENANT, create_tenant, TenantInput, summary=_CREATE)
    partial_update = updates(UPDATE_TENANT, update_tenant, TenantChange, summary=_UPDATE)
    move = runs(MOVE_TENANT, request_move, MoveInput, **_MOVE)
    destroy = deletes(DELETE_TENANT, request_deletion, **_DELETE)
    restore = runs(DELETE_TENANT, cancel_deletion, summary=_RESTORE)
