"""How workload identities are written in the API."""

from __future__ import annotations

from typing import ClassVar

from rest_framework import serializers

from iac_platform.gateway.serializers import DictField, InputSerializer, ListField
from rbac.rest.references import UserReference
from rbac.token_limits import MOST_SCOPES
from sso.oidc.models.configuration import MAX_ISSUER, SIGNING_ALGORITHMS
from sso.oidc.protocol.algorithms import Algorithm
from sso.workload_identity.issuers import Platform
from sso.workload_identity.models import (
    DEFAULT_SECONDS,
    LONGEST_SECONDS,
    MAX_AUDIENCE,
    MAX_CLAIMS,
    MAX_NAME,
    MAX_PATTERN,
    MAX_SCOPE,
    SHORTEST_SECONDS,
    WorkloadIdentity,
)


class WorkloadIdentityOutput(serializers.ModelSerializer[WorkloadIdentity]):
    """A workload identity; its id is the client_id of an exchange."""

    claims = serializers.DictField(child=serializers.CharField())
    service_account = serializers.UUIDField(source="service_account_id")
    created_by = serializers.UUIDField(source="created_by_id", allow_null=True)

    class Meta:
        model = WorkloadIdentity
        fields: ClassVar = [
            *("id", "name", "is_enabled", "platform", "issuer", "signing_algorithm", "audience"),
            *("subject", "claims", "service_account", "token_lifetime_seconds", "scopes"),
            *("created_by", "revision", "created_at", "updated_at"),
        ]


class WorkloadIdentityInput(InputSerializer):
    """A workload identity as it is sent."""

    example: ClassVar = {
        "name": "Deployments of web",
        "platform": "github",
        "audience": "https://acme.iac.example.com",
        "subject": "repo:octo-org/web:environment:production",
        "claims": {"repository_owner_id": "1234567"},
        "service_account": "00000000-0000-4000-8000-000000000000",
    }
    name = serializers.CharField(
        max_length=MAX_NAME, help_text="Unique, upper and lower case being equal."
    )
    is_enabled = serializers.BooleanField(default=True)
    platform = serializers.ChoiceField(
        choices=Platform.choices,
        default=Platform.GENERIC,
        help_text="What issues the tokens. For those that everybody uses, the conditions must "
        "name an owner.",
    )
    issuer = serializers.CharField(
        max_length=MAX_ISSUER,
        default="",
        allow_blank=True,
        help_text="The issuer URL of the tokens. Without, the platform's own.",
    )
    signing_algorithm = serializers.ChoiceField(
        choices=SIGNING_ALGORITHMS, default=Algorithm.RS256.value
    )
    audience = serializers.CharField(
        max_length=MAX_AUDIENCE,
        help_text="The audience of the tokens. Use the address of this tenant.",
    )
    subject = serializers.CharField(
        max_length=MAX_PATTERN,
        default="",
        allow_blank=True,
        help_text="The subject, with `*` for any characters; empty for any.",
    )
    claims = DictField(
        child=serializers.CharField(max_length=MAX_PATTERN),
        default=dict,
        max_length=MAX_CLAIMS,
        help_text="Further claims that must match, by name, likewise.",
    )
    service_account = UserReference(help_text="The service account that the workload acts as.")
    token_lifetime_seconds = serializers.IntegerField(
        default=DEFAULT_SECONDS, min_value=SHORTEST_SECONDS, max_value=LONGEST_SECONDS
    )
    scopes = ListField(
        child=serializers.CharField(max_length=MAX_SCOPE),
        default=None,
        allow_null=True,
        max_length=MOST_SCOPES,
        help_text="Names of permissions, resource.* or *.action; without, all that the account "
        "has.",
    )


class WorkloadIdentityChange(WorkloadIdentityInput):
    """What a PATCH changes; what it leaves out stays."""

    example: ClassVar = {
        "name": "Deployments of web",
        "audience": "https://acme.iac.example.com",
        "subject": "repo:octo-org/web:ref:refs/heads/main",
        "service_account": "00000000-0000-4000-8000-000000000000",
    }
