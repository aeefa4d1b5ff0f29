"""What lists of tenants can be narrowed by."""

from __future__ import annotations

from typing import ClassVar

from django_filters import rest_framework as filters

from tenants.models import Tenant


class TenantFilter(filters.FilterSet):
    """Tenants by slug, tier, plan or status."""

    plan = filters.CharFilter(field_name="plan_id")

    class Meta:
        model = Tenant
        fields: ClassVar = ["slug", "tier", "plan", "status"]
