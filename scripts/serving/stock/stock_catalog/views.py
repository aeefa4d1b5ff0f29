"""Model viewsets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework import viewsets

from stock_catalog.models import Blueprint, BlueprintVersion
from stock_catalog.serializers import BlueprintSerializer, BlueprintVersionSerializer

if TYPE_CHECKING:
    from rest_framework.serializers import BaseSerializer


class BlueprintViewSet(viewsets.ModelViewSet[Blueprint]):
    """Blueprints."""

    queryset = Blueprint.objects.all()
    serializer_class = BlueprintSerializer

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        """Note who made it."""
        serializer.save(created_by=self.request.user)


class BlueprintVersionViewSet(viewsets.ReadOnlyModelViewSet[BlueprintVersion]):
    """Versions of blueprints."""

    queryset = BlueprintVersion.objects.all()
    serializer_class = BlueprintVersionSerializer
