"""Reading who people of providers are, and what their mapping says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sso.provisioning.models import Identity, ProviderMapping

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from rbac.models import User
    from sso.provisioning.external import ExternalIdentity, Provider


def identity_of(external: ExternalIdentity) -> Identity | None:
    """The identity that a provider's subject has in the current tenant, with its user."""
    provider = external.provider
    rows = Identity.objects.select_related("user").filter(
        provider_kind=provider.kind, provider_id=provider.id, digest=external.digest
    )
    return rows.first()


def identities_of_user(user: User) -> QuerySet[Identity]:
    """Who somebody is at providers."""
    return Identity.objects.filter(user=user)


def identities_of(mapping: ProviderMapping) -> QuerySet[Identity]:
    """The people of a mapping's provider who have signed on."""
    return Identity.objects.filter(
        provider_kind=mapping.provider_kind, provider_id=mapping.provider_id
    )


def mapping_of(provider: Provider) -> ProviderMapping:
    """What a provider's people become; where nobody has said it, users without any role.

    Their address and name are read then by the names that the protocol knows for the provider.
    """
    rows = ProviderMapping.objects.filter(provider_kind=provider.kind, provider_id=provider.id)
    sent = provider.attributes
    return rows.first() or ProviderMapping(
        provider_kind=provider.kind,
        provider_id=provider.id,
        email_attribute=sent.email,
        full_name_attribute=sent.full_name,
        groups_attribute=sent.groups,
    )
