"""The operator's endpoints for tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action

from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.serializers import parse, present
from iac_platform.gateway.viewsets import Creating, Listing, Retrieving, Updating
from tenants import permissions
from tenants.lifecycle import services as lifecycle
from tenants.models import Tenant
from tenants.moves import services as moves
from tenants.operations.rest import OperationOutput
from tenants.tenants import services as tenants
from tenants.tenants.rest import serializers
from tenants.tenants.rest.filters import TenantFilter

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response


class TenantResourceViewSet(
    Listing[Tenant], Retrieving[Tenant], Creating[Tenant], Updating[Tenant]
):
    """Tenants; only the operator's own people see them."""

    model = Tenant
    action_permissions: ClassVar = {
        "list": permissions.VIEW_TENANT,
        "retrieve": permissions.VIEW_TENANT,
        "create": permissions.CREATE_TENANT,
        "partial_update": permissions.UPDATE_TENANT,
        "move": permissions.MOVE_TENANT,
        "destroy": permissions.DELETE_TENANT,
        "restore": permissions.DELETE_TENANT,
    }
    input_serializer = serializers.TenantInput
    output_serializer = serializers.TenantOutput
    filterset_class = TenantFilter
    takes_no_body = frozenset({"restore"})
    ordering_fields = ("slug", "created_at")
    requires_if_match = True

    def objects(self) -> QuerySet[Tenant]:
        """Tenants with their placement and hosts."""
        return Tenant.objects.select_related("placement").prefetch_related("domains")

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Create a tenant. It is ``provisioning`` while its placement is being made."""
        return super().create(request, *args, **kwargs)

    def perform_create(self, data: dict[str, Any]) -> Tenant:
        """Create the tenant."""
        return tenants.create_tenant(**data, actor=actor_of(self.request))

    @extend_schema(request=serializers.TenantChange)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Rename a tenant or its slug, change its plan, suspend or reactivate it."""
        del args, kwargs
        tenant = self.get_object_to_change()
        changes = parse(serializers.TenantChange, request)
        tenants.update_tenant(
            tenant, actor=actor_of(request), changes=changes, revision=tenant.revision
        )
        return self.present(self.objects().get(pk=tenant.pk))

    @extend_schema(request=serializers.MoveInput, responses={202: OperationOutput})
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # the router's signature
        """Move a tenant to the other tier or another pool, while it goes on working."""
        tenant = self.get_object()
        target = parse(serializers.MoveInput, request)
        operation = moves.request_move(tenant, **target, actor=actor_of(request))
        location = reverse("operation-detail", args=[operation.pk])
        return present(OperationOutput, operation, 202, headers={"Location": location})

    @extend_schema(request=None, responses={202: serializers.TenantOutput})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Close a tenant at once, and delete it for good when its grace period is over."""
        del args, kwargs
        tenant = self.get_object_to_change()
        lifecycle.request_deletion(tenant, actor=actor_of(request), revision=tenant.revision)
        return self.present(self.objects().get(pk=tenant.pk), 202)

    @extend_schema(request=None, responses=serializers.TenantOutput)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # the router's signature
        """Take a deletion back within the grace period: the tenant is what it was before."""
        tenant = self.get_object()
        lifecycle.cancel_deletion(tenant, actor=actor_of(request))
        return self.present(self.objects().get(pk=tenant.pk))
