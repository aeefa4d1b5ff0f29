"""The shapes in which tokens and service accounts travel."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from rest_framework import serializers

from iac_platform.gateway.serializers import InputSerializer, ListField
from rbac.models import ApiToken, User
from rbac.rest.serializers import keys_of_roles, roles_to_grant
from rbac.services.tokens import DEFAULT_GRACE_PERIOD, LONGEST_GRACE_PERIOD
from rbac.token_limits import MOST_NETWORKS, MOST_SCOPES


class TokenOutput(serializers.ModelSerializer[ApiToken]):
    """A token without its secret."""

    user = serializers.CharField(source="user.username")

    class Meta:
        model = ApiToken
        fields: ClassVar = [
            "id",
            "name",
            "prefix",
            "user",
            "scopes",
            "networks",
            "created_at",
            "expires_at",
            "revoked_at",
            "last_used_at",
            "last_used_ip",
            "replaces",
            "issued_by",
        ]


class NewTokenOutput(TokenOutput):
    """A token just created, with its secret for the only time."""

    token = serializers.CharField(help_text="Keep it: it is never shown again.")

    class Meta(TokenOutput.Meta):
        fields: ClassVar = [*TokenOutput.Meta.fields, "token"]


class TokenInput(InputSerializer):
    """A token to create."""

    example: ClassVar = {
        "name": "nightly",
        "scopes": ["blueprint.view"],
        "networks": ["192.0.2.0/24"],
        "expires_at": "2030-01-31T00:00:00Z",
    }
    name = serializers.CharField(max_length=100)
    expires_at = serializers.DateTimeField(required=False, default=None, allow_null=True)
    scopes = ListField(
        child=serializers.CharField(max_length=100),
        required=False,
        default=None,
        allow_null=True,
        max_length=MOST_SCOPES,
        help_text="Names of permissions, resource.* or *.action; without, all that its user has.",
    )
    networks = ListField(
        child=serializers.CharField(max_length=64),
        required=False,
        default=None,
        allow_null=True,
        max_length=MOST_NETWORKS,
        help_text="From which it may be used, as 192.0.2.0/24; without, from anywhere.",
    )


class RotationInput(InputSerializer):
    """How to rotate a token."""

    example: ClassVar = {"grace_period_seconds": 3600}
    grace_period_seconds = serializers.IntegerField(
        required=False,
        default=int(DEFAULT_GRACE_PERIOD.total_seconds()),
        min_value=0,
        max_value=int(LONGEST_GRACE_PERIOD.total_seconds()),
        help_text="How long the old token works beside the new one.",
    )

    def arguments(self, reader: Any) -> dict[str, Any]:
        """How long that is."""
        seconds = super().arguments(reader)["grace_period_seconds"]
        return {"grace_period": timedelta(seconds=seconds)}


class LeakedTokenInput(InputSerializer):
    """A token that somebody found."""

    example: ClassVar = {"token": "iacp_example"}
    token = serializers.CharField(max_length=128, write_only=True, help_text="The whole of it.")


class ServiceAccountOutput(serializers.ModelSerializer[User]):
    """A service account."""

    # Without the pattern of people's names, as they are shown only.
    username = serializers.CharField(max_length=150)
    owner_name = serializers.CharField(source="owner.username", default=None, allow_null=True)
    orphaned = serializers.SerializerMethodField(
        help_text="Whether no active person answers for it."
    )
    roles = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields: ClassVar = [
            "id",
            "username",
            "description",
            "owner",
            "owner_name",
            "orphaned",
            "is_active",
            "roles",
            "revision",
            "created_at",
            "updated_at",
        ]

    def get_orphaned(self, account: User) -> bool:
        """Whether no active person answers for it."""
        return account.owner is None or not account.owner.is_active

    def get_roles(self, account: User) -> list[str]:
        """The names of the roles that are granted to it and count now."""
        return keys_of_roles(account)


class ServiceAccountInput(InputSerializer):
    """A service account to add."""

    example: ClassVar = {
        "username": "deployments",
        "description": "Deploys at night",
        "roles": ["viewer"],
    }
    username = serializers.CharField(max_length=150)
    description = serializers.CharField(
        max_length=500, required=False, default="", allow_blank=True
    )
    owner = serializers.UUIDField(
        required=False,
        default=None,
        allow_null=True,
        help_text="The person who answers for it; without, you.",
    )
    roles = roles_to_grant()


class ServiceAccountChange(InputSerializer):
    """What may be changed of a service account; what is left out stays."""

    example: ClassVar = {"description": "Deploys by day"}
    username = serializers.CharField(max_length=150, required=False)
    description = serializers.CharField(max_length=500, required=False, allow_blank=True)
    owner = serializers.UUIDField(required=False, allow_null=True)
    is_active = serializers.BooleanField(required=False)
