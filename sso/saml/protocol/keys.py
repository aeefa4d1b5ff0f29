"""Key pairs of service providers and certificates of identity providers, as values."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from sso.saml.protocol.rules import Rule, SamlError

if TYPE_CHECKING:
    from datetime import datetime, timedelta

_KEY_BITS: Final = 3072  # NIST SP 800-57: good beyond 2030
_SMALLEST_RSA_BITS: Final = 2048
_LARGEST_RSA_BITS: Final = 8192  # larger ones cost more to verify than they protect
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_COMMON_NAME_BYTES: Final = 64  # RFC 5280, ub-common-name, as cryptography counts it

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An RSA key of a service provider with its certificate, both in PEM."""

    private_key_pem: str = field(repr=False)
    certificate_pem: str

    def private_key(self) -> rsa.RSAPrivateKey:
        """The key, to sign or decrypt with.

        It was made here, so it is not checked whether its primes are prime: that takes 0.2 s.
        """
        pem = self.private_key_pem.encode()
        key = load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("The key of a service provider is an RSA key.")
        return key


def generate_key_pair(name: str, *, now: datetime, valid_for: timedelta) -> KeyPair:
    """Make a key pair with a self-signed certificate, as SAML metadata carries them.

    Args:
        name: what identity providers' admins see as its subject, such as the tenant's host.
        now: from when it is valid.
        valid_for: for how long.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    common_name = name.encode()[:_COMMON_NAME_BYTES].decode(errors="ignore")
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + valid_for)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return KeyPair(private.decode(), certificate.public_bytes(Encoding.PEM).decode())


def certificate_of(pem: str) -> x509.Certificate:
    """Read a certificate in PEM.

    Raises:
        SamlError: when it is none, or its key is too weak to trust signatures of.
    """
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise SamlError(Rule.CERTIFICATE, "A certificate cannot be read.") from None
    _check_strength(key)
    return certificate


def pem_of(base64_der: str) -> str:
    """A certificate of a message or of metadata in PEM; nothing when it is none."""
    try:
        certificate = x509.load_der_x509_certificate(b64decode(base64_der))
    except (ValueError, UnsupportedAlgorithm):
        return ""
    return certificate.public_bytes(Encoding.PEM).decode()


def public_key_of(pem: str) -> PublicKey:
    """The public key of a certificate in PEM, strong enough to trust."""
    key = certificate_of(pem).public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise SamlError(Rule.CERTIFICATE, "A certificate has a key that is neither RSA nor ECDSA.")
    return key


def expiry_of(pem: str) -> datetime:
    """When a certificate expires: then admins are warned, as metadata goes on trusting its key."""
    return certificate_of(pem).not_valid_after_utc


def fingerprint_of(pem: str) -> str:
    """The SHA-256 fingerprint that admins compare, such as ``AB:CD:…``."""
    certificate = x509.load_pem_x509_certificate(pem.encode())
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _check_strength(key: object) -> None:
    if isinstance(key, rsa.RSAPublicKey):
        if not _SMALLEST_RSA_BITS <= key.key_size <= _LARGEST_RSA_BITS:
            raise SamlError(
                Rule.CERTIFICATE,
                f"A certificate has an RSA key of {key.key_size} bits; {_SMALLEST_RSA_BITS} to "
                f"{_LARGEST_RSA_BITS} are accepted.",
            )
    elif not (isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES)):
        raise SamlError(
            Rule.CERTIFICATE, "A certificate has a key that is neither RSA nor ECDSA on P-256 up."
        )
