"""Reading who people of providers are, and what their mapping says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sso.provisioning.models import Identity, ProviderMapping

if TYPE_CHECKING:
    from sso.provisioning.external import ExternalIdentity, Provider


def identity_of(external: ExternalIdentity) -> Identity | None:
    """The identity that a provider's subject has in the current tenant, with its user."""
    provider = external.provider
    rows = Identity.objects.select_related("user").filter(
        provider_kind=provider.kind, provider_id=provider.id, digest=external.digest
    )
    return rows.first()


def mapping_of(provider: Provider) -> ProviderMapping:
    """What a provider's people become; where nobody has said it, users without any role."""
    rows = ProviderMapping.objects.filter(provider_kind=provider.kind, provider_id=provider.id)
    return rows.first() or ProviderMapping(provider_kind=provider.kind, provider_id=provider.id)
