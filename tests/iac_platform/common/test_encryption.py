"""Sealed text opens in its place, with a key that is there, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from iac_platform.common.encryption import NotAuthentic, UnknownEncryptionKey, seal, unseal
from rbac.models import ApiToken
from sso.saml.models import ServiceProviderKey

if TYPE_CHECKING:
    from django.db.models import Model
    from pytest_django.fixtures import Settings

_ONE, _TWO = UUID(int=1), UUID(int=2)
_COLUMN = "private_key"
_TEXT = "a secret of many characters: ä, 鍵"
_NEW = "a new key for sealed columns, of enough characters"


def _row(tenant_id: UUID = _ONE, pk: UUID = _ONE) -> ServiceProviderKey:
    return ServiceProviderKey(tenant_id=tenant_id, id=pk)


def _sealed(text: str = _TEXT) -> bytes:
    return seal(text, row=_row(), column=_COLUMN)


@pytest.mark.parametrize("text", ["", _TEXT, "x" * 100_000], ids=["empty", "short", "long"])
def test_what_was_sealed_opens_in_its_place(text: str) -> None:
    assert unseal(_sealed(text), row=_row(), column=_COLUMN) == text
    assert unseal(memoryview(_sealed(text)), row=_row(), column=_COLUMN) == text


def test_sealed_bytes_show_nothing_and_are_never_the_same() -> None:
    sealed = _sealed()
    assert b"secret" not in sealed
    assert sealed != _sealed()


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (_row(tenant_id=_TWO), _COLUMN),
        (_row(pk=_TWO), _COLUMN),
        (_row(), "certificate_pem"),
        (ApiToken(tenant_id=_ONE, id=_ONE), _COLUMN),
    ],
    ids=["tenant", "row", "column", "table"],
)
def test_bytes_of_another_place_are_refused(row: Model, column: str) -> None:
    with pytest.raises(NotAuthentic):
        unseal(_sealed(), row=row, column=column)


def test_no_bit_can_be_changed_unnoticed() -> None:
    sealed = _sealed("short")
    for index in range(len(sealed)):
        changed = bytearray(sealed)
        changed[index] ^= 1
        with pytest.raises((NotAuthentic, UnknownEncryptionKey)):
            unseal(bytes(changed), row=_row(), column=_COLUMN)


@pytest.mark.parametrize("length", [9, 10, 21, 36])
def test_truncated_bytes_are_refused(length: int) -> None:
    with pytest.raises(NotAuthentic):
        unseal(_sealed()[:length], row=_row(), column=_COLUMN)


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"plain text, which nobody sealed"])
def test_bytes_that_nobody_sealed_have_no_key(sealed: bytes) -> None:
    with pytest.raises(UnknownEncryptionKey):
        unseal(sealed, row=_row(), column=_COLUMN)


def test_the_first_key_seals_and_all_of_them_open(settings: Settings) -> None:
    old = settings.ENCRYPTION_KEYS[0]
    before = _sealed()
    settings.ENCRYPTION_KEYS = [_NEW, old]
    after = _sealed()
    assert [unseal(each, row=_row(), column=_COLUMN) for each in (before, after)] == [_TEXT] * 2
    settings.ENCRYPTION_KEYS = [_NEW]
    assert unseal(after, row=_row(), column=_COLUMN) == _TEXT
    with pytest.raises(UnknownEncryptionKey, match="ENCRYPTION_KEYS"):
        unseal(before, row=_row(), column=_COLUMN)


def test_errors_show_neither_the_text_nor_the_key(settings: Settings) -> None:
    with pytest.raises(NotAuthentic) as refused:
        unseal(_sealed(), row=_row(pk=_TWO), column=_COLUMN)
    assert _TEXT not in str(refused.value)
    assert settings.ENCRYPTION_KEYS[0] not in str(refused.value)
