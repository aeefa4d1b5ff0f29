"""Endpoints for usage and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.gateway.actions import allow, retrieves
from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.viewsets import ResourceViewSet
from tenants.context import current_tenant
from tenants.models import Tenant
from tenants.permissions import VIEW_TENANT
from tenants.quotas.models import UsageCounter
from tenants.quotas.permissions import OVERRIDE_QUOTAS, VIEW_USAGE
from tenants.quotas.rest.serializers import OverridesInput, UsageOutput
from tenants.quotas.selectors import usage_of
from tenants.quotas.services import override_quotas

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response

_GET = "Every quota of a tenant: what is used, the limit, and when it starts anew."


class UsageViewSet(ResourceViewSet[UsageCounter]):
    """What the tenant uses of its quotas."""

    model = UsageCounter
    output_serializer = UsageOutput

    @allow(VIEW_USAGE, schema={"operation_id": "usage_show"})
    def show(self, _: Request) -> Response:
        """Every quota of the tenant: what is used, the limit, and when it starts anew."""
        return self.present(usage_of(current_tenant()))


def _show_usage(view: ResourceViewSet[Tenant], tenant: Tenant) -> Response:
    return view.present(usage_of(tenant))


class TenantUsageViewSet(ResourceViewSet[Tenant]):
    """What a tenant uses of its quotas, and limits of its own; for the operator."""

    queryset = Tenant.objects.select_related("placement", "plan")
    output_serializer = UsageOutput
    retrieve = retrieves(VIEW_TENANT, show=_show_usage, summary=_GET)

    @allow(OVERRIDE_QUOTAS, body=OverridesInput)
    def update(self, request: Request) -> Response:
        """Give the tenant limits of its own; those that are missing are its plan's again."""
        tenant = self.get_object_to_change()
        wanted = self.parse(OverridesInput)["overrides"]
        changed = override_quotas(
            tenant, overrides=wanted, actor=actor_of(request), revision=tenant.revision
        )
        return _show_usage(self, changed)
