"""XML signatures by hand: rightly, or wrongly in the ways of an attacker."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from sso.saml.protocol.names import DSIG, saml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509
    from lxml.etree import _Element as Element

    type_of_key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

MORE = "http://www.w3.org/2001/04/xmldsig-more#"
RSA_SHA256 = f"{MORE}rsa-sha256"
RSA_SHA1 = f"{DSIG}rsa-sha1"
RSA_MD5 = f"{MORE}rsa-md5"
HMAC_SHA256 = f"{MORE}hmac-sha256"
ECDSA_SHA256 = f"{MORE}ecdsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA1 = f"{DSIG}sha1"
MD5 = f"{MORE}md5"
ENVELOPED = f"{DSIG}enveloped-signature"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"

_DIGESTS = {SHA256: "sha256", SHA1: "sha1", MD5: "md5"}
_HASHES: dict[str, hashes.HashAlgorithm] = {
    RSA_SHA256: hashes.SHA256(),
    RSA_SHA1: hashes.SHA1(),  # noqa: S303  # what must be refused has to be made
    RSA_MD5: hashes.MD5(),  # noqa: S303
}
_TEMPLATE = """<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>\
<ds:CanonicalizationMethod Algorithm="{canonicalization}"/>\
<ds:SignatureMethod Algorithm="{method}"/>{reference}</ds:SignedInfo>\
<ds:SignatureValue/>{key_info}</ds:Signature>"""
_REFERENCE = """<ds:Reference URI="{uri}"><ds:Transforms>{transforms}</ds:Transforms>\
<ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue>{value}</ds:DigestValue></ds:Reference>"""
KEY_INFO = """<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate>\
</ds:X509Data></ds:KeyInfo>"""

_PREFIXES = """<ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#"\
 PrefixList="{names}"/>"""


def sign(  # noqa: PLR0913  # each is something that attackers vary
    element: Element,
    key: type_of_key,
    certificate: x509.Certificate,
    *,
    uri: str | None = None,
    method: str = RSA_SHA256,
    digest: str = SHA256,
    canonicalization: str = EXCLUSIVE,
    transforms: Sequence[str] = (ENVELOPED, EXCLUSIVE),
    prefixes: Sequence[str] = (),
    key_info: str | None = None,
    covers: Element | None = None,
) -> Element:
    """Sign an element and put the signature where SAML has it; returns the signature.

    Args:
        covers: another element to digest, for signatures that lie about what they are on.
    """
    covered = element if covers is None else covers
    reference = _REFERENCE.format(
        uri=f"#{covered.get('ID')}" if uri is None else uri,
        transforms="".join(_transform(each, prefixes) for each in transforms),
        digest=digest,
        value=_digest(covered, digest, prefixes),
    )
    signature = etree.fromstring(
        _TEMPLATE.format(
            canonicalization=canonicalization,
            method=method,
            reference=reference,
            key_info=_key_info(certificate) if key_info is None else key_info,
        )
    )
    place(element, signature)
    signature[1].text = b64encode(_value(signature[0], key, method, certificate)).decode()
    return signature


def place(element: Element, signature: Element) -> None:
    """Put a signature after the issuer."""
    issuer = element.find(saml("Issuer"))
    element.insert(0 if issuer is None else element.index(issuer) + 1, signature)


def _key_info(certificate: x509.Certificate) -> str:
    der = b64encode(certificate.public_bytes(Encoding.DER)).decode()
    return KEY_INFO.format(certificate=der)


def _transform(algorithm: str, prefixes: Sequence[str]) -> str:
    listed = ""
    if prefixes and algorithm == EXCLUSIVE:
        listed = _PREFIXES.format(names=" ".join(prefixes))
    return f'<ds:Transform Algorithm="{algorithm}">{listed}</ds:Transform>'


def _digest(element: Element, algorithm: str, prefixes: Sequence[str]) -> str:
    """The digest of the element by itself in exclusive canonical form."""
    alone = etree.fromstring(etree.tostring(element, with_tail=False))
    octets = etree.tostring(
        alone, method="c14n", exclusive=True, inclusive_ns_prefixes=list(prefixes) or None
    )
    return b64encode(hashlib.new(_DIGESTS[algorithm], octets).digest()).decode()


def _value(
    signed_info: Element, key: type_of_key, method: str, certificate: x509.Certificate
) -> bytes:
    octets = etree.tostring(signed_info, method="c14n", exclusive=True)
    if method == HMAC_SHA256:
        public = certificate.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        return hmac.digest(public, octets, "sha256")
    if isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(key.sign(octets, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)
    return key.sign(octets, PKCS1v15(), _HASHES[method])
