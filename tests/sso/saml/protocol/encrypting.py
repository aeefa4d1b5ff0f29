"""XML encryption by hand, for the service provider's certificate."""

from __future__ import annotations

import os
from base64 import b64encode
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from lxml import etree

if TYPE_CHECKING:
    from cryptography import x509
    from lxml.etree import _Element as Element

AES128_GCM = "http://www.w3.org/2009/xmlenc11#aes128-gcm"
AES256_GCM = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
AES256_CBC = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
OAEP_SHA1_MGF = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
OAEP_11 = "http://www.w3.org/2009/xmlenc11#rsa-oaep"
RSA_1_5 = "http://www.w3.org/2001/04/xmlenc#rsa-1_5"
_TEMPLATE = """<saml:{wrapper} xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">\
<xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"\
 Type="http://www.w3.org/2001/04/xmlenc#Element"><xenc:EncryptionMethod Algorithm="{algorithm}"/>\
<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">{inside}</ds:KeyInfo>\
<xenc:CipherData><xenc:CipherValue>{content}</xenc:CipherValue></xenc:CipherData>\
</xenc:EncryptedData>{beside}</saml:{wrapper}>"""
_KEY = """<xenc:EncryptedKey xmlns:xenc="http://www.w3.org/2001/04/xmlenc#">\
<xenc:EncryptionMethod Algorithm="{transport}">{parameters}</xenc:EncryptionMethod>\
<xenc:CipherData><xenc:CipherValue>{key}</xenc:CipherValue></xenc:CipherData>\
</xenc:EncryptedKey>"""
_OAEP_11_PARAMETERS = """<ds:DigestMethod xmlns:ds="http://www.w3.org/2000/09/xmldsig#"\
 Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>\
<MGF xmlns="http://www.w3.org/2009/xmlenc11#"\
 Algorithm="http://www.w3.org/2009/xmlenc11#mgf1sha256"/>"""


def encrypt(
    plain: bytes,
    certificate: x509.Certificate,
    algorithm: str = AES256_GCM,
    *,
    transport: str = OAEP_SHA1_MGF,
    beside: bool = False,
    wrapper: str = "EncryptedAssertion",
) -> Element:
    """Encrypt an element's text; the key goes inside the content's KeyInfo, or beside it."""
    key = os.urandom(16 if "128" in algorithm else 32)
    public = certificate.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    wrapped = _KEY.format(
        transport=transport,
        parameters=_OAEP_11_PARAMETERS if transport == OAEP_11 else "",
        key=b64encode(public.encrypt(key, _padding(transport))).decode(),
    )
    return etree.fromstring(
        _TEMPLATE.format(
            wrapper=wrapper,
            algorithm=algorithm,
            inside="" if beside else wrapped,
            beside=wrapped if beside else "",
            content=b64encode(_content(plain, key, algorithm)).decode(),
        )
    )


def _padding(transport: str) -> OAEP | PKCS1v15:
    if transport == RSA_1_5:
        return PKCS1v15()
    digest = hashes.SHA256() if transport == OAEP_11 else hashes.SHA1()  # noqa: S303  # the standard's
    return OAEP(mgf=MGF1(digest), algorithm=digest, label=None)


def _content(plain: bytes, key: bytes, algorithm: str) -> bytes:
    if algorithm.endswith("gcm"):
        nonce = os.urandom(12)
        return nonce + AESGCM(key).encrypt(nonce, plain, None)
    missing = 16 - len(plain) % 16
    vector = os.urandom(16)
    encryptor = Cipher(AES(key), CBC(vector)).encryptor()
    padded = plain + os.urandom(missing - 1) + bytes([missing])
    return vector + encryptor.update(padded) + encryptor.finalize()
