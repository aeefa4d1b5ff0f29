"""The shapes in which domains travel."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from iac_platform.gateway.serializers import InputSerializer
from tenants.domains.records import records_for
from tenants.models import Domain


class RecordOutput(serializers.Serializer[Any]):
    """One record to set in DNS."""

    type = serializers.ChoiceField(["TXT", "CNAME"])
    name = serializers.CharField()
    value = serializers.CharField()


class DomainOutput(serializers.ModelSerializer[Domain]):
    """A host name of a tenant, and what is to be set in DNS for it."""

    tenant = serializers.CharField(source="tenant.slug", help_text="Whose it is.")
    unicode = serializers.CharField(
        read_only=True, help_text="The name as people write it; `domain` is as DNS has it."
    )
    records = serializers.SerializerMethodField(
        help_text="What to set in DNS: the proof (TXT), and the way to the platform (CNAME)."
    )

    class Meta:
        model = Domain
        fields: ClassVar = [
            "id",
            "domain",
            "unicode",
            "tenant",
            "is_primary",
            "verified_at",
            "checked_at",
            "failure",
            "redirects_until",
            "records",
            "created_at",
        ]

    @extend_schema_field(RecordOutput(many=True))
    def get_records(self, domain: Domain) -> list[dict[str, str]]:
        """What to set; nothing for an address that the platform gave."""
        if domain.is_primary or domain.is_former:
            return []
        records = records_for(domain.domain, domain.challenge)
        return [
            {"type": record.type, "name": record.name, "value": record.value} for record in records
        ]


class DomainInput(InputSerializer):
    """A domain to add."""

    example: ClassVar = {"domain": "infra.example.com"}
    domain = serializers.CharField(
        max_length=253,
        help_text="Such as infra.example.com or bücher.example, without scheme and port.",
    )
