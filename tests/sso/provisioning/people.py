"""Somebody at an identity provider, and what a tenant makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sso.provisioning.external import ExternalIdentity, Provider
from sso.provisioning.models import ProviderKind, ProviderMapping
from sso.provisioning.providers import PROVIDERS
from sso.provisioning.services.mappings import create_mapping, update_mapping

if TYPE_CHECKING:
    from rbac.models import User

OKTA = Provider(ProviderKind.SAML, UUID("11111111-1111-4111-8111-111111111111"), "Okta")
ENTRA = Provider(ProviderKind.SAML, UUID("22222222-2222-4222-8222-222222222222"), "Entra")
NAMES: dict[str, Any] = {
    "username_attribute": "uid",
    "email_attribute": "mail",
    "full_name_attribute": "cn",
    "groups_attribute": "groups",
}


def external(subject: str = "00u1", provider: Provider = OKTA, **sent: Any) -> ExternalIdentity:
    """Ada as a provider describes her, with other attributes or more of them."""
    attributes = {"uid": ("ada",), "mail": ("ada@example.com",), "cn": ("Ada Byron",), **sent}
    return ExternalIdentity(provider, subject, attributes=attributes)


def mapped(actor: User, provider: Provider = OKTA, **changes: Any) -> ProviderMapping:
    """A mapping by the names above."""
    wanted = {**NAMES, **changes}
    found = ProviderMapping.objects.filter(provider_id=provider.id).first()
    if found is not None:
        return update_mapping(found, actor=actor, changes=wanted)
    with PROVIDERS.overridden({provider.kind: lambda _: provider.name}):
        return create_mapping(
            provider_kind=provider.kind, provider_id=provider.id, actor=actor, **wanted
        )
