"""The keys that sign chains: one for each tenant, derived from the installation's secrets.

Whoever has the database alone, its owner included, cannot compute a link.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from uuid import UUID

_PURPOSE = b"iac-platform audit chain 1"
_ID_DIGITS = 16


class UnknownKey(LookupError):
    """A link was signed with a key that this installation does not have."""


@dataclass(frozen=True, slots=True)
class Key:
    """A tenant's key.

    Attributes:
        id: tells keys apart; of the secret alone, so the same for every tenant.
    """

    id: str
    secret: bytes = field(repr=False)

    def sign(self, message: bytes) -> str:
        """HMAC-SHA-256 (RFC 2104) of a message, as hexadecimal digits."""
        return hmac.new(self.secret, message, hashlib.sha256).hexdigest()


def current_key(tenant_id: UUID) -> Key:
    """The key that signs a tenant's links from now on."""
    return _key(settings.AUDIT_KEYS[0], str(tenant_id))


def key_by_id(tenant_id: UUID, key_id: str) -> Key:
    """The key that signed a link.

    Raises:
        UnknownKey: ``AUDIT_KEYS`` has none of this id.
    """
    for secret in settings.AUDIT_KEYS:
        key = _key(secret, str(tenant_id))
        if key.id == key_id:
            return key
    raise UnknownKey(f"No key of AUDIT_KEYS has the id {key_id!r}.")


@cache
def _id_of(secret: str) -> str:
    return _derived(secret, b"id").hex()[:_ID_DIGITS]


def _key(secret: str, tenant_id: str) -> Key:
    return Key(_id_of(secret), _derived(secret, b"tenant " + tenant_id.encode()))


def _derived(secret: str, info: bytes) -> bytes:
    """HKDF with SHA-256 (RFC 5869), one block of output."""
    extracted = hmac.digest(_PURPOSE, secret.encode(), "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")
