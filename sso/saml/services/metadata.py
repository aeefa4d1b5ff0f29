"""Reading the metadata of identity providers into configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from sso.saml.errors import MetadataRefused
from sso.saml.models import MAX_METADATA_CHARACTERS
from sso.saml.protocol.rules import Refused

if TYPE_CHECKING:
    from sso.saml.models import SamlConfiguration
    from sso.saml.protocol.parties import IdentityProvider


def read(xml: str) -> IdentityProvider:
    """The identity provider that metadata describe.

    Raises:
        MetadataRefused: they describe none, or none that can be trusted; the detail says why.
    """
    from sso.saml.protocol.identity_provider_metadata import (  # noqa: PLC0415  # it loads lxml
        read_metadata,
    )

    if len(xml) > MAX_METADATA_CHARACTERS:
        raise _refused(f"The document has over {MAX_METADATA_CHARACTERS} characters.")
    try:
        # Half of a surrogate pair is passed on, and refused as what is not UTF-8.
        return read_metadata(xml.encode(errors="surrogatepass"), now=timezone.now())
    except Refused as refusal:
        raise _refused(refusal.reason) from refusal


def apply(configuration: SamlConfiguration, xml: str, read: IdentityProvider) -> None:
    """Put metadata on a configuration that is about to be saved; the same again change nothing."""
    if xml == configuration.metadata_xml:
        return
    configuration.metadata_xml = xml
    configuration.entity_id = read.entity_id
    configuration.certificates = list(read.certificates)
    configuration.metadata_refreshed_at = timezone.now()
    configuration.metadata_error = ""


def _refused(reason: str) -> MetadataRefused:
    return MetadataRefused.at("metadata_xml", reason, code="metadata")
