"""The form of an API token: who issued it, a secret, and a checksum.

``iac_<tenant>_<secret><checksum>``: the tenant's id in base62, so that a token says
whose it is at a host that belongs to nobody; 30 random base62 characters (178 bits);
and the CRC-32 of all before it, so that a mistyped or made-up token is refused
without asking the database, and secret scanners can tell a real one.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib
from typing import TYPE_CHECKING
from uuid import UUID

from iac_platform.gateway.credentials import Credential

if TYPE_CHECKING:
    from django.http import HttpRequest

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_TENANT_LENGTH, _SECRET_LENGTH, _CHECKSUM_LENGTH = 22, 30, 6
_FORM = re.compile(
    rf"iac_(?P<tenant>[0-9A-Za-z]{{{_TENANT_LENGTH}}})"
    rf"_(?P<secret>[0-9A-Za-z]{{{_SECRET_LENGTH}}})"
    rf"(?P<checksum>[0-9A-Za-z]{{{_CHECKSUM_LENGTH}}})"
)
_BEARER = re.compile(r"Bearer ([^\s]{1,128})", re.IGNORECASE)
# Enough to tell tokens apart; the secret begins after the tenant's part.
_SHOWN_LENGTH = len("iac_") + _TENANT_LENGTH + 1 + 4


def mint(tenant_id: UUID) -> str:
    """A new token of a tenant. Show it once; keep only ``digest``."""
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))
    body = f"iac_{_base62(tenant_id.int, _TENANT_LENGTH)}_{secret}"
    return body + _checksum(body)


def parse(text: str) -> Credential | None:
    """Read a token; None when its form or checksum is wrong. The database knows if it is valid."""
    match = _FORM.fullmatch(text)
    if match is None or _checksum(text[:-_CHECKSUM_LENGTH]) != match["checksum"]:
        return None
    number = _from_base62(match["tenant"])
    if number.bit_length() > 128:  # noqa: PLR2004  # the size of a UUID, RFC 9562
        return None
    return Credential(UUID(int=number), digest(text))


def digest(text: str) -> str:
    """What is stored: a plain SHA-256 sufficient, as the secret has 178 random bits."""
    return hashlib.sha256(text.encode()).hexdigest()


def display_prefix(text: str) -> str:
    """The part of a token that may be shown again."""
    return text[:_SHOWN_LENGTH]


def bearer(request: HttpRequest) -> str | None:
    """The credentials of ``Authorization: Bearer …`` (RFC 6750, section 2.1)."""
    match = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    return match[1] if match else None


def credential(request: HttpRequest) -> Credential | None:
    """The request's token, if it has a well-formed one."""
    text = bearer(request)
    return parse(text) if text else None


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, remainder = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[remainder])
    return "".join(reversed(digits))


def _from_base62(text: str) -> int:
    number = 0
    for character in text:
        number = number * len(_ALPHABET) + _ALPHABET.index(character)
    return number
