"""Prefixes of resources' names: legal, telling, and apart from each other."""

from __future__ import annotations

import re
from itertools import islice
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from blueprints.catalog import prefixes
from blueprints.catalog.names import validate_prefix

SOMEBODY = UUID(int=7)


def first(name: str) -> str:
    return next(prefixes.candidates(name, SOMEBODY))


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("shop", "shop"),
        ("Shop", "shop"),
        ("Three-Tier Web", "three-tier-web"),
        ("exactly-fifteen", "exactly-fifteen"),
        ("Café über", "cafe-uber"),
    ],
)
def test_a_short_name_is_its_own_prefix(name: str, prefix: str) -> None:
    assert first(name) == prefix


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("ledger-service-blue", "ledger-s-[0-9a-f]{6}"),
        ("new 0-1-176441731", "new-0-1-[0-9a-f]{6}"),
        ("在庫管理", "b-[0-9a-f]{6}"),
        ("在庫 v2", "v2-[0-9a-f]{6}"),
        ("2024 plan", "b-2024-p-[0-9a-f]{6}"),
        ("--", "b-[0-9a-f]{6}"),
        ("Internal wiki", "b-intern-[0-9a-f]{6}"),
        ("internalize everything", "b-intern-[0-9a-f]{6}"),
        ("SG", "b-sg-[0-9a-f]{6}"),
        ("AWS base", "b-aws-ba-[0-9a-f]{6}"),
        ("goog", "b-goog-[0-9a-f]{6}"),
        ("\ud800", "b-[0-9a-f]{6}"),
    ],
)
def test_what_cannot_stand_as_it_is_gets_a_mark(name: str, pattern: str) -> None:
    assert re.fullmatch(pattern, first(name))
    validate_prefix(first(name))


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("ledger-service-blue", "ledger-service-green"),
        ("在庫管理", "会計"),
        ("Учёт", "Отчёт"),
        ("v2", "在庫 v2"),
    ],
)
def test_names_that_are_cut_alike_stay_apart(one: str, another: str) -> None:
    assert first(one) != first(another)


def test_a_name_is_marked_alike_however_it_is_composed() -> None:
    assert first("a long name, Ångström") == first("a long name, A\u030angstro\u0308m")


@given(st.text(max_size=110), st.uuids())
def test_every_name_has_legal_prefixes_that_differ(name: str, identity: UUID) -> None:
    found = list(islice(prefixes.candidates(name, identity), 4))
    assert len(set(found)) == len(found)
    for prefix in found:
        assert len(prefix) <= prefixes.MAX_PREFIX
        validate_prefix(prefix)


def test_two_blueprints_of_one_name_have_other_second_choices() -> None:
    one, another = (list(islice(prefixes.candidates("shop", uuid4()), 2)) for _ in range(2))
    assert one[0] == another[0] == "shop"
    assert one[1] != another[1]


@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "Shop",
        "a_b",
        "a--b",
        "-a",
        "a-",
        "1a",
        "a" * 16,
        "new-0-1-176441731",
        "a\n",
        "aws",
        "awsome",
        "sg",
        "xn",
    ],
)
def test_an_illegal_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(ValidationError):
        validate_prefix(prefix)
    validate_prefix("shop-2")


def test_each_reserved_beginning_has_a_source() -> None:
    for reserved in prefixes.RESERVED:
        assert reserved.source.startswith("https://")
        assert prefixes.reserved_by(reserved.text.rstrip("-")) is not None
