"""The shapes in which tenants travel."""

from __future__ import annotations

from typing import ClassVar

from rest_framework import serializers

from iac_platform.gateway.serializers import InputSerializer
from tenants.models import Tenant, TenantStatus, Tier


class TenantOutput(serializers.ModelSerializer[Tenant]):
    """A tenant, as the operator sees it."""

    placement = serializers.CharField(source="placement.schema_name")
    plan = serializers.CharField(source="plan_id")
    domains = serializers.SerializerMethodField()

    class Meta:
        model = Tenant
        fields: ClassVar = [
            "id",
            "slug",
            "name",
            "tier",
            "plan",
            "status",
            "placement",
            "domains",
            "invitee",
            "deletion_due_at",
            "revision",
            "created_at",
            "updated_at",
        ]

    def get_domains(self, tenant: Tenant) -> list[str]:
        """The host names that belong to the tenant."""
        return [domain.domain for domain in tenant.domains.all()]


class TenantInput(InputSerializer):
    """A tenant to create."""

    example: ClassVar = {
        "slug": "acme",
        "name": "Acme Inc.",
        "tier": "standard",
        "invite": "ann@example.com",
    }
    slug = serializers.CharField(
        max_length=40, help_text="Lower-case letters, digits and hyphens; part of the host name."
    )
    name = serializers.CharField(max_length=200)
    tier = serializers.ChoiceField(choices=Tier.choices, default=Tier.STANDARD)
    plan = serializers.CharField(max_length=40, default="default")
    invite = serializers.EmailField(
        max_length=254,
        required=False,
        help_text="Who will be the first admin: the tenant then waits, `invited`, until they "
        "accept the invitation.",
    )


class TenantChange(InputSerializer):
    """What may be changed of a tenant; what is left out stays."""

    example: ClassVar = {"name": "Acme International", "status": "active"}
    slug = serializers.CharField(
        max_length=40,
        required=False,
        help_text="A new first label of the host name; the old one redirects for a while.",
    )
    name = serializers.CharField(max_length=200, required=False)
    plan = serializers.CharField(max_length=40, required=False)
    status = serializers.ChoiceField(
        choices=[TenantStatus.ACTIVE, TenantStatus.SUSPENDED], required=False
    )


class MoveInput(InputSerializer):
    """Where a tenant moves to: a tier, a pool, or both."""

    example: ClassVar = {"tier": "enterprise"}
    tier = serializers.ChoiceField(
        choices=Tier.choices, required=False, default=None, help_text="By default the present one."
    )
    pool = serializers.CharField(
        max_length=48,
        required=False,
        default=None,
        help_text="A pool such as `pool_002`; by default the least filled one.",
    )
