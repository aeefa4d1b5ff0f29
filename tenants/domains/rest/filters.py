"""What lists of domains can be narrowed by."""

from __future__ import annotations

from typing import ClassVar

from django_filters import rest_framework as filters

from tenants.models import Domain


class DomainFilter(filters.FilterSet):
    """Domains by name, and whether they are verified."""

    verified = filters.BooleanFilter(field_name="verified_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Domain
        fields: ClassVar = ["domain"]
