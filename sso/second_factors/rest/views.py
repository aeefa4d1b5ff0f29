"""The second factors of a tenant's people, over the API: to see who has which, and to remove one.

They are set up in a browser alone, where they can be shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django_filters import rest_framework as filters
from rest_framework import serializers

from iac_platform.gateway.actions import deletes, reads
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac.permissions import UPDATE_USER
from sso.second_factors.models import SecondFactor
from sso.second_factors.services.factors import remove_factor

if TYPE_CHECKING:
    from django.db.models import QuerySet


class SecondFactorOutput(serializers.ModelSerializer[SecondFactor]):
    """A second factor; nothing of its keys."""

    user = serializers.UUIDField(source="user_id")

    class Meta:
        model = SecondFactor
        fields: ClassVar = ["id", "user", "kind", "name", "created_at", "last_used_at"]


class SecondFactorFilter(filters.FilterSet):
    """Second factors of one user, or of one kind."""

    user = filters.UUIDFilter(field_name="user_id")

    class Meta:
        model = SecondFactor
        fields: ClassVar = ["user", "kind"]


class SecondFactorViewSet(ResourceViewSet[SecondFactor]):
    """The second factors of a tenant's people, for whoever may remove them."""

    model = SecondFactor
    output_serializer = SecondFactorOutput
    filterset_class = SecondFactorFilter
    list, retrieve = reads(UPDATE_USER)
    destroy = deletes(UPDATE_USER, remove_factor)

    def objects(self) -> QuerySet[Any]:
        """Those that were shown once; what somebody is setting up counts for nothing yet."""
        rows: QuerySet[Any] = super().objects()
        return rows.filter(confirmed_at__isnull=False)
