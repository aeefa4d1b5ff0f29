"""Model serializers that show what the platform shows."""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar

from django.db import transaction
from rest_framework import serializers

from stock_catalog.models import Blueprint, BlueprintVersion


class BlueprintSerializer(serializers.ModelSerializer[Blueprint]):
    """A blueprint; a new one comes with the document of its first version."""

    document = serializers.JSONField(write_only=True)
    latest_version = serializers.IntegerField(source="latest_number", read_only=True)

    class Meta:
        model = Blueprint
        fields: ClassVar = [
            *("id", "project", "name", "description", "latest_version", "created_by"),
            *("revision", "created_at", "updated_at", "document"),
        ]

    def create(self, validated_data: dict[str, Any]) -> Blueprint:
        """Add the blueprint and its first version."""
        document = validated_data.pop("document")
        content = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
        with transaction.atomic():
            blueprint = Blueprint.objects.create(**validated_data, latest_number=1)
            BlueprintVersion.objects.create(
                blueprint=blueprint,
                number=1,
                document=document,
                content_hash=content,
                created_by=validated_data["created_by"],
            )
        return blueprint


class BlueprintVersionSerializer(serializers.ModelSerializer[BlueprintVersion]):
    """A version with its document."""

    class Meta:
        model = BlueprintVersion
        fields: ClassVar = [
            *("blueprint", "number", "content_hash", "message", "created_by", "created_at"),
            "document",
        ]
