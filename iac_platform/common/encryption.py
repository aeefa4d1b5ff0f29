"""Field encryption: text that stands in the database only as sealed bytes.

Whoever reads a table, a backup or an archive of it learns nothing, and whoever can write it cannot
move sealed bytes to another place: they are bound to their tenant, table, column and row.

AES-256-GCM (NIST SP 800-38D) under a key that HKDF-SHA-256 (RFC 5869) derives, for each tenant,
from one of ``settings.ENCRYPTION_KEYS``: the first seals, all of them unseal. What is stored is
a version, the key's id, a nonce, and the ciphertext with its tag.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import Model

_VERSION: Final = b"\x01"
_ID_BYTES: Final = 8
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_PURPOSE: Final = b"iac-platform field encryption 1"
_HEADER_BYTES: Final = len(_VERSION) + _ID_BYTES


class UnknownEncryptionKey(LookupError):
    """Bytes were sealed with a key that this installation does not have."""


class NotAuthentic(ValueError):
    """Bytes are not what was sealed for this place: changed, or those of another one."""


@dataclass(frozen=True, slots=True)
class _Key:
    """One of the installation's keys.

    Attributes:
        id: tells keys apart; of the secret alone, so the same for every tenant.
    """

    id: bytes
    secret: str = field(repr=False)

    def cipher(self, tenant_id: UUID) -> AESGCM:
        """The cipher of a tenant."""
        return AESGCM(_derived(self.secret, f"tenant {tenant_id}".encode(), _KEY_BYTES))


def seal(text: str, *, row: Model, column: str) -> bytes:
    """Encrypt a text for one column of one tenant-owned row, which need not be saved yet."""
    key, nonce, place = _keys()[0], secrets.token_bytes(_NONCE_BYTES), _Place.of(row, column)
    ciphertext = key.cipher(place.tenant_id).encrypt(nonce, text.encode(), place.bound)
    return _VERSION + key.id + nonce + ciphertext


def unseal(sealed: bytes | memoryview, *, row: Model, column: str) -> str:
    """The text that was sealed for a column of a row.

    Raises:
        UnknownEncryptionKey: ``ENCRYPTION_KEYS`` does not have the key.
        NotAuthentic: the bytes were changed, or sealed for another place.
    """
    sealed, place = bytes(sealed), _Place.of(row, column)
    key = _key_of(sealed)
    nonce, ciphertext = (
        sealed[_HEADER_BYTES:][:_NONCE_BYTES],
        sealed[_HEADER_BYTES + _NONCE_BYTES :],
    )
    try:
        return key.cipher(place.tenant_id).decrypt(nonce, ciphertext, place.bound).decode()
    except (InvalidTag, ValueError):
        raise NotAuthentic(f"The bytes were not sealed for {place}.") from None


def current_header() -> bytes:
    """How bytes begin that the first key has sealed; others wait for a rotation."""
    return _VERSION + _keys()[0].id


def _key_of(sealed: bytes) -> _Key:
    for key in _keys():
        if sealed.startswith(_VERSION + key.id):
            return key
    identifier = sealed[len(_VERSION) : _HEADER_BYTES].hex()
    raise UnknownEncryptionKey(f"No key of ENCRYPTION_KEYS has the id {identifier!r}.")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where sealed bytes belong."""

    tenant_id: UUID
    table: str
    column: str
    key: Any

    @classmethod
    def of(cls, row: Model, column: str) -> _Place:
        owned: Any = row
        return cls(owned.tenant_id, row._meta.db_table, column, row.pk)

    @property
    def bound(self) -> bytes:
        """The associated data; no part of it can contain the character between them."""
        return f"{self.tenant_id}/{self.table}/{self.column}/{self.key}".encode()

    def __str__(self) -> str:
        return f"{self.table}.{self.column} of {self.key}"


def _keys() -> list[_Key]:
    return [_Key(_id_of(secret), secret) for secret in settings.ENCRYPTION_KEYS]


@cache
def _id_of(secret: str) -> bytes:
    return _derived(secret, b"id", _ID_BYTES)


def _derived(secret: str, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=_PURPOSE, info=info).derive(secret.encode())
