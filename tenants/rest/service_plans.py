"""The operator's endpoints for plans."""

from __future__ import annotations

from typing import ClassVar

from iac_platform.gateway.viewsets import Listing, Retrieving
from tenants.models import ServicePlan
from tenants.permissions import VIEW_PLAN
from tenants.rest.serializers import PlanOutput


class ServicePlanViewSet(Listing[ServicePlan], Retrieving[ServicePlan]):
    """Plans that tenants can have, and their limits; they are changed in the admin."""

    model = ServicePlan
    lookup_field = "key"
    lookup_value_converter = "slug"
    action_permissions: ClassVar = {"list": VIEW_PLAN, "retrieve": VIEW_PLAN}
    output_serializer = PlanOutput
    ordering = ("key",)
