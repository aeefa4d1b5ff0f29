"""The shapes in which usage and limits travel."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from iac_platform.gateway.serializers import DictField, InputSerializer

if TYPE_CHECKING:
    from tenants.quotas.selectors import QuotaUsage, UsageReport

    _Usage = serializers.Serializer[QuotaUsage]
    _Report = serializers.Serializer[UsageReport]
else:
    _Usage = _Report = serializers.Serializer

_MOST_OVERRIDES = 100  # far more than there are quotas


class QuotaUsageOutput(_Usage):
    """One quota: what is used, what may be, and when it starts anew."""

    name = serializers.CharField(source="quota.name")
    title = serializers.CharField(source="quota.title")
    unit = serializers.CharField(source="quota.unit")
    limit = serializers.IntegerField(allow_null=True, help_text="null: there is no limit.")
    used = serializers.IntegerField(allow_null=True, help_text="null: not known just now.")
    remaining = serializers.IntegerField(allow_null=True)
    overridden = serializers.BooleanField(
        help_text="The limit is the tenant's own, not its plan's."
    )
    resets_at = serializers.DateTimeField(allow_null=True)


class UsageOutput(_Report):
    """How a tenant stands with all of its quotas."""

    plan = serializers.CharField(source="tenant.plan_id")
    quotas = QuotaUsageOutput(many=True)


@extend_schema_field(
    {"type": "object", "additionalProperties": {"type": ["integer", "null"], "minimum": 0}}
)
class LimitsField(DictField):
    """Limits by quota; the service checks each, and takes no text for a number."""


class OverridesInput(InputSerializer):
    """All limits that a tenant has of its own; for every other quota its plan's hold."""

    example: ClassVar = {"overrides": {"projects": 1000, "users": None}}
    overrides = LimitsField(
        max_length=_MOST_OVERRIDES,
        help_text="Limit by quota: a whole number, or null for no limit.",
    )
