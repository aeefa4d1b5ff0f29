"""The operator's endpoints for plans."""

from __future__ import annotations

from typing import ClassVar

from rest_framework import serializers

from iac_platform.gateway.viewsets import Listing, Retrieving
from tenants.models import ServicePlan
from tenants.permissions import VIEW_PLAN


class PlanOutput(serializers.ModelSerializer[ServicePlan]):
    """A plan and its limits."""

    limits = serializers.DictField(
        child=serializers.IntegerField(allow_null=True),
        help_text="Limit by quota; null for no limit.",
    )

    class Meta:
        model = ServicePlan
        fields: ClassVar = ["key", "name", "description", "limits", "created_at", "updated_at"]


class ServicePlanViewSet(Listing[ServicePlan], Retrieving[ServicePlan]):
    """Plans that tenants can have, and their limits; they are changed in the admin."""

    model = ServicePlan
    lookup_field = "key"
    lookup_value_converter = "slug"
    action_permissions: ClassVar = {"list": VIEW_PLAN, "retrieve": VIEW_PLAN}
    output_serializer = PlanOutput
    ordering = ("key",)
