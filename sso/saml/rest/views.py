"""Endpoints of SAML configurations."""

from __future__ import annotations

from typing import Any

from iac_platform.gateway.actions import Extra, creates, deletes, reads, runs, updates
from iac_platform.gateway.viewsets import ResourceViewSet
from sso.federation.addresses import base_url
from sso.federation.texts import DELETE_WARNING
from sso.saml.models import SamlConfiguration
from sso.saml.permissions import (
    CREATE_SAML_CONFIGURATION,
    DELETE_SAML_CONFIGURATION,
    UPDATE_SAML_CONFIGURATION,
    VIEW_SAML_CONFIGURATION,
)
from sso.saml.rest.serializers import (
    SamlConfigurationChange,
    SamlConfigurationInput,
    SamlConfigurationOutput,
)
from sso.saml.services.configurations import (
    create_configuration,
    delete_configuration,
    update_configuration,
)
from sso.saml.services.keys import rotate_key
from sso.saml.services.metadata import refresh_metadata

_ROTATION = (
    "The first call publishes the next key in the metadata; the second signs with it, while the "
    "key before still decrypts."
)


class SamlConfigurationViewSet(ResourceViewSet[SamlConfiguration]):
    """SAML configurations: the identity providers by which a tenant's people sign on."""

    queryset = SamlConfiguration.objects.defer("metadata_xml").prefetch_related("keys")
    output_serializer = SamlConfigurationOutput
    ordering_fields = ("created_at",)
    requires_if_match = True
    list, retrieve = reads(VIEW_SAML_CONFIGURATION)
    create = creates(CREATE_SAML_CONFIGURATION, create_configuration, SamlConfigurationInput)
    partial_update = updates(
        UPDATE_SAML_CONFIGURATION, update_configuration, SamlConfigurationChange
    )
    destroy = deletes(
        DELETE_SAML_CONFIGURATION,
        delete_configuration,
        detail=f"Deletes its keys, mapping and identities. {DELETE_WARNING}",
    )
    rotate_key = runs(
        UPDATE_SAML_CONFIGURATION,
        rotate_key,
        summary="Rotate the key: publish the next one, then activate it.",
        detail=_ROTATION,
        extra=Extra(path="rotate-key"),
    )

    refresh_metadata = runs(
        UPDATE_SAML_CONFIGURATION,
        refresh_metadata,
        summary="Refresh the identity provider's metadata from its URL.",
        detail="If it fails, the last valid metadata stays. The document must describe the same "
        "entity ID.",
        extra=Extra(path="refresh-metadata"),
    )

    def get_serializer_context(self) -> dict[str, Any]:
        """With what the tenant's own addresses begin with."""
        return {**super().get_serializer_context(), "base_url": base_url(self.request)}
