"""Metadata of identity providers, as tests vary them."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import Encoding

from sso.saml.protocol import names
from tests.sso.saml.protocol import drafts
from tests.sso.saml.protocol.drafts import signer

if TYPE_CHECKING:
    from cryptography import x509

ENTITY = """<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"
 xmlns:ds="http://www.w3.org/2000/09/xmldsig#" ID="{id}" entityID="{entity}"{until}>
 <md:IDPSSODescriptor protocolSupportEnumeration="{protocol}" WantAuthnRequestsSigned="true">
 {keys}{logout}<md:NameIDFormat>{format}</md:NameIDFormat>{sign_on}</md:IDPSSODescriptor>
</md:EntityDescriptor>"""
KEY = """<md:KeyDescriptor{use}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}\
</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"""
SIGN_ON = '<md:SingleSignOnService Binding="{}" Location="{}"/>'
LOGOUT = '<md:SingleLogoutService Binding="{}" Location="{}" ResponseLocation="{}"/>'


def der(certificate: x509.Certificate) -> str:
    """A certificate as documents carry it."""
    return b64encode(certificate.public_bytes(Encoding.DER)).decode()


def key_descriptor(certificate: x509.Certificate | None = None, use: str | None = "signing") -> str:
    """A key as metadata have it."""
    named = "" if use is None else f' use="{use}"'
    return KEY.format(use=named, certificate=der(certificate or signer().certificate))


def metadata_document(**changes: Any) -> bytes:
    """The metadata of the tests' identity provider, with other parts where given."""
    parts = {
        "id": "_metadata-1",
        "entity": drafts.IDP_ID,
        "until": "",
        "protocol": names.PROTOCOL,
        "keys": key_descriptor() + key_descriptor(signer("enc").certificate, "encryption"),
        "logout": LOGOUT.format(names.REDIRECT, "https://idp.example.com/slo", "https://x.test/a"),
        "format": names.NAME_ID_PERSISTENT,
        "sign_on": SIGN_ON.format(names.REDIRECT, "https://idp.example.com/sso"),
    }
    assert changes.keys() <= parts.keys()
    return ENTITY.format(**{**parts, **changes}).encode()
