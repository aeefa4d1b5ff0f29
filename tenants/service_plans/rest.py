"""The operator's endpoints for plans."""

from __future__ import annotations

from typing import ClassVar

from rest_framework import serializers

from iac_platform.gateway.actions import reads
from iac_platform.gateway.viewsets import ResourceViewSet
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


class ServicePlanViewSet(ResourceViewSet[ServicePlan]):
    """Plans that tenants can have, and their limits; they are changed in the admin."""

    model = ServicePlan
    lookup_field = "key"
    lookup_value_converter = "slug"
    output_serializer = PlanOutput
    ordering = ("key",)
    list, retrieve = reads(VIEW_PLAN)
