"""Endpoints of identities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django_filters import rest_framework as filters
from rest_framework import serializers

from iac_platform.gateway.actions import deletes, reads
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac.permissions import UPDATE_USER
from sso.provisioning.models import Identity
from sso.provisioning.permissions import VIEW_IDENTITY
from sso.provisioning.providers import provider_names
from sso.provisioning.services.identities import unlink_identity

if TYPE_CHECKING:
    from uuid import UUID


class IdentityOutput(serializers.ModelSerializer[Identity]):
    """A user's identity at an identity provider."""

    user = serializers.UUIDField(source="user_id")
    provider_name = serializers.SerializerMethodField(help_text="Empty if the provider is gone.")

    class Meta:
        model = Identity
        fields: ClassVar = [
            *("id", "user", "provider_kind", "provider_id", "provider_name", "subject"),
            *("created_at", "last_signed_in_at"),
        ]

    def get_provider_name(self, identity: Identity) -> str:
        """The name of the provider's configuration."""
        names: dict[UUID, str] = self.context["provider_names"]
        return names.get(identity.provider_id, "")


class IdentityFilter(filters.FilterSet):
    """Identities of one user, or of one provider."""

    user = filters.UUIDFilter(field_name="user_id")

    class Meta:
        model = Identity
        fields: ClassVar = ["user", "provider_kind", "provider_id"]


class IdentityViewSet(ResourceViewSet[Identity]):
    """Users' identities at identity providers; deleting an identity unlinks it."""

    model = Identity
    output_serializer = IdentityOutput
    filterset_class = IdentityFilter
    list, retrieve = reads(VIEW_IDENTITY)
    destroy = deletes(
        UPDATE_USER,
        unlink_identity,
        summary="Unlink an identity.",
        detail="Roles and teams from its groups are removed, and its sessions end.",
    )

    def get_serializer_context(self) -> dict[str, Any]:
        """With the names of all providers, read once."""
        return {**super().get_serializer_context(), "provider_names": provider_names()}
