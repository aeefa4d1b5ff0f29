"""What lists of tenants can be narrowed by."""

from __future__ import annotations

from typing import ClassVar

import django_filters

from tenants.models import Tenant


class TenantFilter(django_filters.FilterSet):
    """Tenants by slug, tier, plan or status."""

    plan = django_filters.CharFilter(field_name="plan_id")

    class Meta:
        model = Tenant
        fields: ClassVar = ["slug", "tier", "plan", "status"]
