# ruff: noqa: RUF001  # what looks like another name is what is tested here
from __future__ import annotations

import sys
import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from rbac.names import key_of, normalized, validate_name, validate_username


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Web", "wEB"),
        ("Straße", "STRASSE"),
        ("Zoë", unicodedata.normalize("NFD", "Zoë")),
        ("Ⅳ", "iv"),
        ("Ｗｅｂ", "web"),
        ("ﬁne", "FINE"),
        ("Web  Team", "web team"),
    ],
)
def test_names_that_read_the_same_are_the_same(name: str, other: str) -> None:
    assert key_of(name) == key_of(other)


def test_other_names_are_others() -> None:
    names = ["Web", "Wéb", "Web 2", "Weß", "ウェブ", "Веб"]
    assert len({key_of(name) for name in names}) == len(names)


@given(st.text(max_size=40))
def test_a_key_is_its_own_key(name: str) -> None:
    assert key_of(key_of(name)) == key_of(name) == key_of(normalized(name))


@pytest.mark.parametrize(
    "name",
    [
        "Web team",
        "Équipe réseau",
        "Команда инфраструктуры",
        "Команда AWS",
        "DevOps-команда",
        "فريق المنصة",
        "東京データ基盤チーム",
        "AWS構築チーム",
        "クラウドIaC",
        "클라우드 플랫폼팀",
        "平台组 2",
        "צוות תשתיות",
        "ทีมแพลตฟอร์ม",
        "प्लेटफ़ॉर्म",
        "Ομάδα Α",
        "R&D (EU) #7",
        "🚀 Launch",
    ],
)
def test_ordinary_names_are_accepted(name: str) -> None:
    validate_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "Аdmin",  # a Cyrillic letter, and Latin ones
        "Adмin",
        "ρlatform",  # Greek
        "Ꭺdmin",  # Cherokee
        "Web Аdmin",
        "web-Аdmin",
        "ad\u200bmin",
        "ad\u200dmin",
        "\u202enimda",
        "ad\u2066min",
        "admin\ufeff",
        "ad\u00admin",
        "admin\u3164",
        "admin\ufe0f",
        "admin\u034f",
        "admin\u2800",
        "ad\u00a0min",
        " admin",
        "admin ",
        "ad\nmin",
        "ad\x00min",
    ],
)
def test_names_that_look_like_others_are_refused(name: str) -> None:
    with pytest.raises(ValidationError, match=r"mixes|Use visible characters"):
        validate_name(name)


@pytest.mark.parametrize(
    "name", ["ann", "ann.smith@example.com", "анна.петрова", "田中", "robot-7"]
)
def test_ordinary_usernames_are_accepted(name: str) -> None:
    validate_username(name)


@pytest.mark.parametrize("name", ["а.smith", "ann-а", "аnn@example.com"])
def test_a_username_is_of_one_script_as_a_whole(name: str) -> None:
    with pytest.raises(ValidationError, match="Cyrillic and Latin"):
        validate_username(name)


def test_no_key_is_too_long_for_its_column() -> None:
    longest = max(map(chr, range(sys.maxunicode + 1)), key=lambda each: len(key_of(each)))
    with pytest.raises(ValidationError, match="shorter"):
        validate_name(longest * 100)
    validate_name("W" * 100)
