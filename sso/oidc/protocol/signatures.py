"""The signature of an ID token, by the provider's published keys (RFC 7515, 7517).

joserfc does the cryptography. Which algorithm it does is decided here, by the configuration, and
which key, by the provider's own document: a token says neither. Nothing that its header points to
(``jku``, ``x5u``) or brings along (``jwk``, ``x5c``) is looked at.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from sso.federation.errors import quoted
from sso.oidc.protocol.algorithms import Algorithm
from sso.oidc.protocol.documents import Document, read_object
from sso.oidc.protocol.rules import OidcError, Rule

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

MAX_KEYS_BYTES: Final = 256 * 1024
_MAX_KEYS: Final = 100
_MAX_TOKEN: Final = 64 * 1024
_LEAST_RSA_BITS, _MOST_RSA_BITS = 2048, 8192
# What makes a public key; all else that is published with it is passed over.
_PARTS: Final = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y")}


_CURVES: Final = {Algorithm.ES256: "P-256", Algorithm.ES384: "P-384"}


class Key(NamedTuple):
    """One of a provider's keys.

    Attributes:
        id: its ``kid``; empty where it has none.
        members: its public members, as published.
    """

    id: str
    members: dict[str, Any]


class _Registry(jws.JWSRegistry):
    """joserfc's own limits are for headers without certificates."""

    max_header_length = 16 * 1024


def read_keys(document: bytes) -> list[Document]:
    """The keys of a JWK set; those of a kind that is not known here are passed over later.

    Raises:
        OidcError: it is no set of keys.
    """
    found = read_object(document, Rule.KEYS, "The document of keys").get("keys")
    if not isinstance(found, list) or len(found) > _MAX_KEYS:
        raise OidcError(Rule.KEYS, f"The document of keys must have a list of up to {_MAX_KEYS}.")
    return [each for each in found if isinstance(each, dict)]


def verified_claims(
    token: str,
    published: Sequence[Document],
    algorithm: Algorithm,
    *,
    types: Container[object] | None = None,
) -> Document:
    """What a token says, once its signature is verified.

    Args:
        token: a signed JWT in its compact form.
        published: the provider's keys, from ``read_keys``.
        algorithm: the one that its tokens are signed by.
        types: what its header may say it is (``typ``); by default anything.

    Raises:
        OidcError: see the rules; ``UNKNOWN_KEY`` where newer keys may help.
    """
    header = _header(token, algorithm)
    if types is not None and header.get("typ") not in types:
        raise OidcError(Rule.TOKEN_TYPE, f"The token is of the type {quoted(header.get('typ'))}.")
    key = _chosen(_usable(published, algorithm), header.get("kid"))
    registry = _Registry(algorithms=[algorithm.value], strict_check_header=False)
    try:
        signed = jws.deserialize_compact(token, _imported(key), registry=registry)
    except (JoseError, ValueError):
        raise OidcError(Rule.SIGNATURE, f"The key {quoted(key.id)} did not sign it.") from None
    return read_object(signed.payload, Rule.ID_TOKEN, "The ID token")


def _header(token: str, algorithm: Algorithm) -> Document:
    """The protected header, with what it may say."""
    if len(token) > _MAX_TOKEN or not token.isascii():
        raise OidcError(
            Rule.ID_TOKEN, f"It has over {_MAX_TOKEN} characters, or others than ASCII."
        )
    try:
        header: Document = dict(jws.extract_compact(token.encode(), registry=_Registry()).headers())
    except (JoseError, ValueError, RecursionError):
        raise OidcError(Rule.ID_TOKEN, "It is no signed JWT in compact form.") from None
    if header.get("alg") != algorithm.value:
        raise OidcError(
            Rule.ALGORITHM,
            f"It is signed by {quoted(header.get('alg'))}; the configuration takes {algorithm}.",
        )
    if "crit" in header or "b64" in header:
        raise OidcError(Rule.CRITICAL, "Its header asks for an extension.")
    return header


def _usable(published: Sequence[Document], algorithm: Algorithm) -> list[Key]:
    """The keys that can have signed by an algorithm; others are passed over."""
    return [
        Key(str(each.get("kid") or ""), {name: each[name] for name in _PARTS[each["kty"]]})
        for each in published
        if _fits(each, algorithm)
    ]


def _fits(key: Document, algorithm: Algorithm) -> bool:
    kind = "EC" if algorithm in _CURVES else "RSA"
    return (
        key.get("kty") == kind
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm.value) == algorithm.value
        and all(isinstance(key.get(name), str) for name in _PARTS[kind])
        and (kind == "RSA" or key["crv"] == _CURVES[algorithm])
    )


def _chosen(keys: Sequence[Key], kid: object) -> Key:
    """The key that a token names; a token that names none means the only one."""
    named = keys if kid is None else [key for key in keys if key.id == kid]
    if len(named) == 1:
        return named[0]
    held = ", ".join(quoted(key.id) for key in keys[:_MAX_KEYS]) or "none"
    raise OidcError(
        Rule.UNKNOWN_KEY, f"It names the key {quoted(kid)}; the provider publishes: {held}."
    )


def _imported(key: Key) -> RSAKey | ECKey:
    """The key for the library; a weak one is none."""
    try:
        if key.members["kty"] == "EC":
            return ECKey.import_key(key.members)
        _require_strength(key)
        return RSAKey.import_key(key.members)
    except (JoseError, ValueError, TypeError):
        raise OidcError(Rule.KEYS, f"The key {quoted(key.id)} cannot be read.") from None


def _require_strength(key: Key) -> None:
    modulus = urlsafe_b64decode(f"{key.members['n']}==")
    bits = int.from_bytes(modulus, "big").bit_length()
    if not _LEAST_RSA_BITS <= bits <= _MOST_RSA_BITS:
        raise OidcError(
            Rule.KEYS,
            f"The key {quoted(key.id)} has {bits} bits; from {_LEAST_RSA_BITS} to {_MOST_RSA_BITS} "
            "are taken.",
        )
