"""From an assertion to what provisioning takes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sso.provisioning.external import AttributeNames, ExternalIdentity, Provider
from sso.provisioning.models import ProviderKind
from sso.saml.models import Preset
from sso.saml.protocol.names import NAME_ID_TRANSIENT
from sso.saml.sign_ons import presets

if TYPE_CHECKING:
    from sso.saml.models import SamlConfiguration
    from sso.saml.protocol.assertions import VerifiedAssertion
    from sso.saml.protocol.subjects import NameId


def provider_of(configuration: SamlConfiguration) -> Provider:
    """The identity provider of a configuration."""
    sent = presets.ATTRIBUTES.get(Preset(configuration.preset), AttributeNames())
    return Provider(ProviderKind.SAML, configuration.pk, configuration.name, sent)


def external_identity(
    configuration: SamlConfiguration, assertion: VerifiedAssertion, entity_id: str
) -> ExternalIdentity:
    """Who somebody is at an identity provider.

    The issuer and the NameID's format and qualifiers are part of it: the same text of another
    identity provider, or in another namespace, is somebody else. A qualifier that names the two
    parties themselves says no more than none (SAML core, section 8.3.7).

    Args:
        configuration: whose identity provider spoke.
        assertion: what it said, verified.
        entity_id: of the service provider that the tenant is for it.
    """
    name_id = within_parties(assertion.name_id, assertion.issuer, entity_id)
    return ExternalIdentity(
        provider=provider_of(configuration),
        subject=name_id.value,
        namespace=(
            *(assertion.issuer, name_id.format),
            *(name_id.name_qualifier, name_id.sp_name_qualifier),
        ),
        attributes=assertion.attributes,
        is_lasting=name_id.format != NAME_ID_TRANSIENT,
    )


def within_parties(name_id: NameId, issuer: str, entity_id: str) -> NameId:
    """A NameID without the qualifiers that say no more than none: those that name the parties."""
    by_provider, for_us = name_id.name_qualifier, name_id.sp_name_qualifier
    return replace(
        name_id,
        name_qualifier="" if by_provider == issuer else by_provider,
        sp_name_qualifier="" if for_us == entity_id else for_us,
    )
