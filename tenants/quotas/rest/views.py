"""Endpoints for usage and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from drf_spectacular.utils import extend_schema

from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.viewsets import ResourceViewSet
from tenants.context import current_tenant
from tenants.models import Tenant
from tenants.permissions import VIEW_TENANT
from tenants.quotas import selectors, services
from tenants.quotas.models import UsageCounter
from tenants.quotas.permissions import OVERRIDE_QUOTAS, VIEW_USAGE
from tenants.quotas.rest import serializers

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response


class UsageViewSet(ResourceViewSet[UsageCounter]):
    """What the tenant uses of its quotas."""

    model = UsageCounter
    action_permissions: ClassVar = {"show": VIEW_USAGE}
    output_serializer = serializers.UsageOutput

    @extend_schema(operation_id="usage_show", responses=serializers.UsageOutput)
    def show(self, request: Request) -> Response:
        """Every quota of the tenant: what is used, the limit, and when it starts anew."""
        del request
        return self.present(selectors.usage_of(current_tenant()))


class TenantUsageViewSet(ResourceViewSet[Tenant]):
    """What a tenant uses of its quotas, and limits of its own; for the operator."""

    model = Tenant
    action_permissions: ClassVar = {"retrieve": VIEW_TENANT, "update": OVERRIDE_QUOTAS}
    input_serializer = serializers.OverridesInput
    output_serializer = serializers.UsageOutput

    def objects(self) -> QuerySet[Tenant]:
        """Tenants with all that their limits depend on."""
        return Tenant.objects.select_related("placement", "plan")

    @extend_schema(operation_id="tenants_usage_retrieve")
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Every quota of a tenant: what is used, the limit, and when it starts anew."""
        del request, args, kwargs
        return self.present(selectors.usage_of(self.get_object()))

    @extend_schema(operation_id="tenants_usage_update")
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give the tenant limits of its own; those that are missing are its plan's again."""
        del args, kwargs
        tenant = self.get_object_to_change()
        wanted = self.parse_input()
        changed = services.override_quotas(
            tenant,
            overrides=wanted["overrides"],
            actor=actor_of(request),
            revision=tenant.revision,
        )
        return self.present(selectors.usage_of(changed))
