"""E-mail domains over the API."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from iac_platform.gateway.actions import creates, deletes, reads, runs, updates
from iac_platform.gateway.serializers import InputSerializer
from iac_platform.gateway.viewsets import ResourceViewSet
from sso.email_domains.models import MAX_DOMAIN, EmailDomain
from sso.email_domains.permissions import (
    CREATE_EMAIL_DOMAIN,
    DELETE_EMAIL_DOMAIN,
    UPDATE_EMAIL_DOMAIN,
    VIEW_EMAIL_DOMAIN,
)
from sso.email_domains.services import email_domains
from sso.provisioning.models import ProviderKind
from tenants.domains.records import proof_of


class ProofOutput(serializers.Serializer[Any]):
    """The record that proves a domain."""

    type = serializers.ChoiceField(["TXT"])
    name = serializers.CharField()
    value = serializers.CharField()


class EmailDomainOutput(serializers.ModelSerializer[EmailDomain]):
    """An e-mail domain, and what is to be set in DNS for it."""

    record = serializers.SerializerMethodField(help_text="What to set in DNS.")

    class Meta:
        model = EmailDomain
        fields: ClassVar = [
            *("id", "domain", "provider_kind", "provider_id", "verified_at", "checked_at"),
            *("failure", "record", "revision", "created_at", "updated_at"),
        ]

    @extend_schema_field(ProofOutput)
    def get_record(self, domain: EmailDomain) -> dict[str, str]:
        """What to set."""
        kind, name, value = proof_of(domain.domain, domain.challenge)
        return {"type": kind, "name": name, "value": value}


class EmailDomainChange(InputSerializer):
    """Where a domain leads; what a PATCH leaves out stays."""

    example: ClassVar = {
        "provider_kind": "saml",
        "provider_id": "00000000-0000-4000-8000-000000000000",
    }
    provider_kind = serializers.ChoiceField(choices=ProviderKind.choices)
    provider_id = serializers.UUIDField(help_text="Of its configuration.")


class EmailDomainInput(EmailDomainChange):
    """A domain to add."""

    example: ClassVar = {"domain": "example.com", **EmailDomainChange.example}
    domain = serializers.CharField(
        max_length=MAX_DOMAIN, help_text="What stands after the @, such as bücher.example."
    )


class EmailDomainViewSet(ResourceViewSet[EmailDomain]):
    """E-mail domains of the tenant's people, and the identity provider that each leads to."""

    model = EmailDomain
    output_serializer = EmailDomainOutput
    ordering_fields = ("domain", "created_at")
    requires_if_match = True
    list, retrieve = reads(VIEW_EMAIL_DOMAIN)
    create = creates(CREATE_EMAIL_DOMAIN, email_domains.create_email_domain, EmailDomainInput)
    partial_update = updates(
        UPDATE_EMAIL_DOMAIN, email_domains.update_email_domain, EmailDomainChange
    )
    verify = runs(
        UPDATE_EMAIL_DOMAIN,
        email_domains.verify_email_domain,
        summary="Ask DNS for the proof now; with it the domain leads people. May take seconds.",
    )
    destroy = deletes(DELETE_EMAIL_DOMAIN, email_domains.delete_email_domain)
