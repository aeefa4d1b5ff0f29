"""Tokens say whose they are and are refused when a single character is wrong."""

from __future__ import annotations

import hashlib
import string
from uuid import UUID, uuid4

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from rbac import tokens

ALPHABET = string.digits + string.ascii_letters
TENANT = UUID("00000000-0000-4000-8000-000000000001")


@given(st.uuids())
def test_a_minted_token_names_its_tenant(tenant_id: UUID) -> None:
    text = tokens.mint(tenant_id)
    parsed = tokens.parse(text)
    assert parsed is not None
    assert parsed.tenant_id == tenant_id
    assert parsed.digest == hashlib.sha256(text.encode()).hexdigest()


@given(st.integers(0, 62), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_noticed(place: int, character: str) -> None:
    text = tokens.mint(TENANT)
    changed = text[:place] + character + text[place + 1 :]
    assert (tokens.parse(changed) is None) == (changed != text)


@given(st.text(max_size=80))
def test_other_text_is_no_token(text: str) -> None:
    assert tokens.parse(text) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: f" {text}",
        lambda text: f"{text}\n",
        lambda text: text[:-1],
        lambda text: f"{text}0",
        lambda text: text.replace("iac_", "IAC_"),
        lambda text: text.replace("_", "-"),
    ],
)
def test_a_token_is_exactly_its_form(spoil: object) -> None:
    text = tokens.mint(TENANT)
    assert tokens.parse(text) is not None
    assert tokens.parse(spoil(text)) is None  # type: ignore[operator]  # one of the functions above


def test_a_tenant_part_too_large_for_a_uuid_is_refused() -> None:
    body = f"iac_{'z' * 22}_{'0' * 30}"
    checksum = tokens._checksum(body)  # noqa: SLF001  # a right checksum over a wrong part
    assert tokens.parse(body + checksum) is None


def test_tokens_do_not_repeat_and_show_little() -> None:
    minted = {tokens.mint(TENANT) for _ in range(500)}
    assert len(minted) == 500
    text = minted.pop()
    assert text.startswith(tokens.display_prefix(text))
    # 26 of the secret's 30 characters stay hidden.
    assert len(text) - len(tokens.display_prefix(text)) == 26 + 6


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Bearer abc", "abc"),
        ("bearer abc", "abc"),
        ("Bearer  abc", None),
        ("Bearer abc def", None),
        ("Bearer", None),
        ("Basic abc", None),
        ("", None),
        (f"Bearer {'a' * 129}", None),
    ],
)
def test_bearer_credentials_are_read_strictly(header: str, expected: str | None) -> None:
    request = RequestFactory().get("/", headers={"authorization": header})
    assert tokens.bearer(request) == expected


def test_a_request_names_the_tenant_of_its_token() -> None:
    tenant_id = uuid4()
    good = tokens.mint(tenant_id)
    for header, expected in ((f"Bearer {good}", tenant_id), (f"Bearer {good[:-1]}", None)):
        request = RequestFactory().get("/", headers={"authorization": header})
        found = tokens.credential(request)
        assert (found and found.tenant_id) == expected
