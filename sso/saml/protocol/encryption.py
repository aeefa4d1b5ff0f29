"""Opening what was encrypted for the service provider (XML Encryption 1.1, a small part of it).

Decryption happens in the process: the private key is never written to a file, and nothing that a
message refers to is fetched, as references are refused before any of it is decrypted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from sso.federation.errors import quoted
from sso.saml.protocol import documents
from sso.saml.protocol.names import DSIG, XENC, XENC11, dsig, xenc
from sso.saml.protocol.rules import Rule, SamlError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element as Element

    from sso.saml.protocol.keys import KeyPair

_GCM_BYTES: Final = {f"{XENC11}aes{bits}-gcm": bits // 8 for bits in (128, 192, 256)}
_CBC_BYTES: Final = {f"{XENC}aes{bits}-cbc": bits // 8 for bits in (128, 192, 256)}
_GCM_NONCE_BYTES: Final = 12
_BLOCK_BYTES: Final = 16
_OAEP_SHA1_MGF: Final = f"{XENC}rsa-oaep-mgf1p"
_OAEP: Final = f"{XENC11}rsa-oaep"
# Inside OAEP, SHA-1 is sound (RFC 8017, section 8.1): nothing there depends on collisions.
_OAEP_DIGESTS: Final = {
    f"{DSIG}sha1": hashes.SHA1,
    f"{XENC}sha256": hashes.SHA256,
    "http://www.w3.org/2001/04/xmldsig-more#sha384": hashes.SHA384,
    f"{XENC}sha512": hashes.SHA512,
}
_OAEP_MASKS: Final = {
    f"{XENC11}mgf1sha1": hashes.SHA1,
    f"{XENC11}mgf1sha256": hashes.SHA256,
    f"{XENC11}mgf1sha384": hashes.SHA384,
    f"{XENC11}mgf1sha512": hashes.SHA512,
}
_MGF: Final = f"{{{XENC11}}}MGF"
_REFERENCES: Final = (xenc("CipherReference"), dsig("RetrievalMethod"))


def decrypted(wrapper: Element, key_pairs: Sequence[KeyPair], *, authenticated: bool) -> Element:
    """Open an ``EncryptedAssertion`` or ``EncryptedID`` and parse what is inside.

    Args:
        wrapper: the element around ``xenc:EncryptedData``.
        key_pairs: of the service provider, each of which is tried.
        authenticated: whether a verified signature covers the wrapper. AES-CBC is opened only then:
            else its padding could be asked about, message by message (Jager and Somorovsky, 2011).
    """
    _refuse_references(wrapper)
    data = documents.only(wrapper, xenc("EncryptedData"), Rule.ENCRYPTION_STRUCTURE)
    algorithm = _algorithm(data)
    if algorithm in _CBC_BYTES and not authenticated:
        raise SamlError(
            Rule.ENCRYPTION_ALGORITHM,
            "AES-CBC is taken only inside a signed message: have the identity provider sign the "
            "response around it, or encrypt with AES-GCM.",
        )
    length = (_GCM_BYTES | _CBC_BYTES).get(algorithm)
    if length is None:
        raise SamlError(
            Rule.ENCRYPTION_ALGORITHM,
            f"Content encryption {quoted(algorithm)} is not supported. Use AES-GCM.",
        )
    key = _content_key(_encrypted_key(wrapper, data), key_pairs, length)
    return documents.parse(_open(algorithm, key, _cipher_value(data)))


def _refuse_references(wrapper: Element) -> None:
    if next(wrapper.iter(*_REFERENCES), None) is not None:
        raise SamlError(
            Rule.ENCRYPTION_REFERENCE, "Encrypted content refers to something elsewhere."
        )


def _encrypted_key(wrapper: Element, data: Element) -> Element:
    """The one encrypted key, inside the content's KeyInfo or beside the content."""
    found = [*wrapper.iter(xenc("EncryptedKey"))]
    key_info = data.find(dsig("KeyInfo"))
    if len(found) != 1 or found[0].getparent() not in (wrapper, key_info):
        raise SamlError(Rule.ENCRYPTION_STRUCTURE, f"The content has {len(found)} encrypted keys.")
    return found[0]


def _content_key(encrypted: Element, key_pairs: Sequence[KeyPair], length: int) -> bytes:
    padding = _padding(
        documents.only(encrypted, xenc("EncryptionMethod"), Rule.ENCRYPTION_STRUCTURE)
    )
    value = _cipher_value(encrypted)
    for key_pair in key_pairs:
        try:
            key = key_pair.private_key().decrypt(value, padding)
        except ValueError:
            continue
        if len(key) == length:
            return key
    raise SamlError(
        Rule.DECRYPTION,
        "None of this configuration's keys opens the content. Give the identity provider its "
        "current metadata.",
    )


def _padding(method: Element) -> OAEP:
    algorithm = method.get("Algorithm")
    if algorithm not in {_OAEP, _OAEP_SHA1_MGF}:
        raise SamlError(
            Rule.ENCRYPTION_ALGORITHM,
            f"Key transport {quoted(algorithm)} is not supported. Use RSA-OAEP.",
        )
    digest = _hash(method, dsig("DigestMethod"), _OAEP_DIGESTS)
    mask = hashes.SHA1 if algorithm == _OAEP_SHA1_MGF else _hash(method, _MGF, _OAEP_MASKS)
    if method.find(xenc("OAEPparams")) is not None:
        raise SamlError(Rule.ENCRYPTION_ALGORITHM, "The key is encrypted with OAEP parameters.")
    return OAEP(mgf=MGF1(mask()), algorithm=digest(), label=None)


def _hash(
    method: Element, tag: str, known: dict[str, type[hashes.HashAlgorithm]]
) -> type[hashes.HashAlgorithm]:
    """The hash that a part of the method names; without that part it is SHA-1 by the standard."""
    part = documents.at_most_one(method, tag, Rule.ENCRYPTION_STRUCTURE)
    if part is None:
        return hashes.SHA1
    algorithm = part.get("Algorithm", "")
    if algorithm not in known:
        raise SamlError(
            Rule.ENCRYPTION_ALGORITHM,
            f"RSA-OAEP with {quoted(algorithm)} is not supported. Use SHA-256.",
        )
    return known[algorithm]


def _algorithm(data: Element) -> str:
    method = documents.only(data, xenc("EncryptionMethod"), Rule.ENCRYPTION_STRUCTURE)
    return method.get("Algorithm", "")


def _cipher_value(element: Element) -> bytes:
    data = documents.only(element, xenc("CipherData"), Rule.ENCRYPTION_STRUCTURE)
    value = documents.only(data, xenc("CipherValue"), Rule.ENCRYPTION_STRUCTURE)
    return documents.base64_of(value, Rule.ENCRYPTION_STRUCTURE)


def _open(algorithm: str, key: bytes, value: bytes) -> bytes:
    try:
        return _open_gcm(key, value) if algorithm in _GCM_BYTES else _open_cbc(key, value)
    except (InvalidTag, ValueError, IndexError):
        raise SamlError(
            Rule.DECRYPTION, "The content cannot be decrypted with the key that came with it."
        ) from None


def _open_gcm(key: bytes, value: bytes) -> bytes:
    return AESGCM(key).decrypt(value[:_GCM_NONCE_BYTES], value[_GCM_NONCE_BYTES:], None)


def _open_cbc(key: bytes, value: bytes) -> bytes:
    decryptor = Cipher(AES(key), CBC(value[:_BLOCK_BYTES])).decryptor()
    plain = decryptor.update(value[_BLOCK_BYTES:]) + decryptor.finalize()
    if not 1 <= plain[-1] <= _BLOCK_BYTES:
        raise ValueError("The padding has an impossible length.")
    return plain[: -plain[-1]]
