"""How SCIM tokens are written in the API."""

from __future__ import annotations

from typing import ClassVar

from rest_framework import serializers

from iac_platform.gateway.serializers import InputSerializer, ListField
from rbac.token_limits import MOST_NETWORKS
from sso.provisioning.models import ProviderKind
from sso.scim.models import ScimToken


class ScimTokenOutput(serializers.ModelSerializer[ScimToken]):
    """A SCIM token without its secret."""

    provider_kind = serializers.CharField(source="directory.provider_kind")
    provider_id = serializers.UUIDField(source="directory.provider_id")
    directory = serializers.UUIDField(
        source="directory_id",
        help_text="The `provider_id` of the mapping of its groups, with the kind `scim`.",
    )

    class Meta:
        model = ScimToken
        fields: ClassVar = [
            *("id", "name", "prefix", "provider_kind", "provider_id", "directory", "networks"),
            *("created_at", "expires_at", "revoked_at", "last_used_at", "last_used_ip"),
            "replaces",
        ]


class NewScimTokenOutput(ScimTokenOutput):
    """A SCIM token just created, with its secret for the only time."""

    token = serializers.CharField(help_text="Keep it: it is never shown again.")

    class Meta(ScimTokenOutput.Meta):
        fields: ClassVar = [*ScimTokenOutput.Meta.fields, "token"]


class ScimTokenInput(InputSerializer):
    """A SCIM token to create."""

    example: ClassVar = {
        "name": "Okta",
        "provider_kind": "saml",
        "provider_id": "00000000-0000-4000-8000-000000000000",
    }
    name = serializers.CharField(max_length=100)
    provider_kind = serializers.ChoiceField(
        choices=ProviderKind.choices, help_text="By which its people sign on: saml or oidc."
    )
    provider_id = serializers.UUIDField(help_text="Of that configuration.")
    expires_at = serializers.DateTimeField(required=False, default=None, allow_null=True)
    networks = ListField(
        child=serializers.CharField(max_length=64),
        required=False,
        default=None,
        allow_null=True,
        max_length=MOST_NETWORKS,
        help_text="From which it may be used, as 192.0.2.0/24; without, from anywhere.",
    )
