"""Writing the metadata of a service provider, signed (SAML metadata 2.0)."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.serialization import Encoding

from sso.saml.protocol import documents, keys, messages, signatures, times
from sso.saml.protocol.names import POST, PROTOCOL, REDIRECT, SOAP_BINDING, XENC, XENC11

if TYPE_CHECKING:
    from datetime import datetime

    from sso.saml.protocol.keys import KeyPair
    from sso.saml.protocol.parties import ServiceProvider

# What identity providers should encrypt with, best first.
_ENCRYPTION_METHODS: Final = (f"{XENC11}aes256-gcm", f"{XENC11}aes128-gcm", f"{XENC}rsa-oaep-mgf1p")


def written_metadata(
    sp: ServiceProvider, *, valid_until: datetime, name_id_formats: tuple[str, ...] = ()
) -> bytes:
    """The document that an identity provider's admin loads, or fetches again and again.

    Args:
        sp: the service provider; keys that are being replaced or come next are published too.
        valid_until: until when it may be used without being fetched again.
        name_id_formats: those that it takes, in order of preference; empty for any.
    """
    md = messages.pysaml2("md")
    described = md.EntityDescriptor(
        id=messages.new_id(),
        entity_id=sp.entity_id,
        valid_until=times.written(valid_until),
        spsso_descriptor=md.SPSSODescriptor(
            protocol_support_enumeration=PROTOCOL,
            authn_requests_signed="true",
            want_assertions_signed="true",
            key_descriptor=_key_descriptors(sp),
            single_logout_service=[
                md.SingleLogoutService(binding=binding, location=sp.slo_url)
                for binding in (REDIRECT, POST, SOAP_BINDING)
                if sp.slo_url
            ],
            name_id_format=[md.NameIDFormat(text=name) for name in name_id_formats],
            assertion_consumer_service=[
                md.AssertionConsumerService(
                    binding=POST, location=sp.acs_url, index="0", is_default="true"
                )
            ],
        ),
    )
    signed = signatures.signed(messages.element_of(described), sp.signing)
    return documents.serialized(signed)


def _key_descriptors(sp: ServiceProvider) -> list[Any]:
    """Keys to verify signatures with, and the one key to encrypt for: the newest."""
    signing = [sp.signing, *([sp.next_signing] if sp.next_signing else [])]
    encryption = [_key_descriptor(pair, "encryption") for pair in sp.decryption[:1]]
    return [*(_key_descriptor(pair, "signing") for pair in signing), *encryption]


def _key_descriptor(key_pair: KeyPair, use: str) -> Any:
    md, ds = messages.pysaml2("md"), messages.pysaml2("xmldsig")
    certificate = keys.certificate_of(key_pair.certificate_pem).public_bytes(Encoding.DER)
    data = ds.X509Data(x509_certificate=ds.X509Certificate(text=b64encode(certificate).decode()))
    methods = [md.EncryptionMethod(algorithm=name) for name in _ENCRYPTION_METHODS]
    return md.KeyDescriptor(
        use=use,
        key_info=ds.KeyInfo(x509_data=[data]),
        encryption_method=methods if use == "encryption" else [],
    )
