"""Signatures over the query of a redirect (SAML bindings, section 3.4.4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from sso.federation.errors import quoted
from sso.saml.protocol import keys
from sso.saml.protocol.rules import Rule, SamlError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sso.saml.protocol.keys import KeyPair

_MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
RSA_SHA256: Final = f"{_MORE}rsa-sha256"
_HASHES: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    RSA_SHA256: hashes.SHA256,
    f"{_MORE}rsa-sha384": hashes.SHA384,
    f"{_MORE}rsa-sha512": hashes.SHA512,
}


def sign(query: bytes, key_pair: KeyPair) -> bytes:
    """Sign the parameters as they will be sent."""
    return key_pair.private_key().sign(query, PKCS1v15(), hashes.SHA256())


def verify(query: bytes, signature: bytes, algorithm: str, certificates: Sequence[str]) -> None:
    """Refuse a signature that no RSA key of these certificates made over the query."""
    if algorithm not in _HASHES:
        raise SamlError(Rule.SIGNATURE_ALGORITHM, f"The query is signed by {quoted(algorithm)}.")
    for pem in certificates:
        key = keys.public_key_of(pem)
        if isinstance(key, rsa.RSAPublicKey) and _fits(key, query, signature, algorithm):
            return
    raise SamlError(
        Rule.SIGNATURE_INVALID, "No certificate of the identity provider verifies the query."
    )


def _fits(key: rsa.RSAPublicKey, query: bytes, signature: bytes, algorithm: str) -> bool:
    try:
        key.verify(signature, query, PKCS1v15(), _HASHES[algorithm]())
    except InvalidSignature:
        return False
    return True
