"""OpenID Connect configurations in the API."""

from __future__ import annotations

from typing import Any

from iac_platform.gateway.actions import creates, deletes, reads, updates
from iac_platform.gateway.viewsets import ResourceViewSet
from sso.federation.addresses import base_url
from sso.federation.texts import DELETE_WARNING
from sso.oidc.models import OidcConfiguration
from sso.oidc.permissions import (
    CREATE_OIDC_CONFIGURATION,
    DELETE_OIDC_CONFIGURATION,
    UPDATE_OIDC_CONFIGURATION,
    VIEW_OIDC_CONFIGURATION,
)
from sso.oidc.rest.serializers import (
    OidcConfigurationChange,
    OidcConfigurationInput,
    OidcConfigurationOutput,
)
from sso.oidc.services.configurations import (
    create_oidc_configuration,
    delete_oidc_configuration,
    update_oidc_configuration,
)


class OidcConfigurationViewSet(ResourceViewSet[OidcConfiguration]):
    """OpenID Connect configurations: the providers by which a tenant's people sign on."""

    queryset = OidcConfiguration.objects.prefetch_related("secrets")
    output_serializer = OidcConfigurationOutput
    ordering_fields = ("created_at",)
    requires_if_match = True
    list, retrieve = reads(VIEW_OIDC_CONFIGURATION)
    create = creates(CREATE_OIDC_CONFIGURATION, create_oidc_configuration, OidcConfigurationInput)
    partial_update = updates(
        UPDATE_OIDC_CONFIGURATION, update_oidc_configuration, OidcConfigurationChange
    )
    destroy = deletes(
        DELETE_OIDC_CONFIGURATION,
        delete_oidc_configuration,
        detail=f"Deletes its secret, mapping and identities. {DELETE_WARNING}",
    )

    def get_serializer_context(self) -> dict[str, Any]:
        """With what the tenant's own addresses begin with."""
        return {**super().get_serializer_context(), "base_url": base_url(self.request)}
