from __future__ import annotations

import json

import pytest

from blueprints.catalog.documents import (
    DocumentTooLarge,
    InvalidDocument,
    Problem,
    parse,
    validate,
)
from blueprints.catalog.documents.limits import MAX_BYTES
from iac_platform.common.errors import ErrorKind

from .builders import three_tier


def refusal(raw: bytes | str) -> Problem:
    with pytest.raises(InvalidDocument) as caught:
        parse(raw)
    assert caught.value.kind is ErrorKind.INVALID
    return caught.value.problems[0]


@pytest.mark.parametrize("as_bytes", [True, False])
def test_json_text_is_read_as_it_stands(as_bytes: bool) -> None:
    text = json.dumps(three_tier(), ensure_ascii=False)
    assert parse(text.encode() if as_bytes else text) == three_tier()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "not-json"),
        (b"{", "not-json"),
        (b"{'a': 1}", "not-json"),
        (b'{"a": NaN}', "not-json"),
        (b'{"a": Infinity}', "not-json"),
        (b'{"a": -Infinity}', "not-json"),
        (b'\xef\xbb\xbf{"a": 1}', "not-json"),
        (b'{"a": "\xff"}', "not-utf-8"),
        ('{"a": 1}'.encode("utf-16"), "not-utf-8"),
        (rb'{"\ud800": 1}', "forbidden-character"),
        (rb'{"a": {"\ud800": 1, "\ud800": 2}}', "forbidden-character"),
        (b"[" * 100_000, "too-deep"),
        (b'{"a":' * 100_000, "too-deep"),
    ],
)
def test_what_is_not_plain_json_is_refused(raw: bytes, code: str) -> None:
    assert refusal(raw).code == code


def test_two_equal_member_names_are_refused_where_they_stand() -> None:
    raw = '{"components": [{"id": "a"}, {"id": "b", "properties": {"x": 1, "x": 2}}]}'
    assert refusal(raw) == Problem.error(
        ("components", 1, "properties", "x"),
        'The member "x" stands twice in one object: keep one of them.',
        "repeated-member",
    )
    assert parse(raw.replace('"x": 2', '"y": 2'))


def test_names_of_any_script_are_read() -> None:
    assert parse(r'{"\ud83d\ude00": 1, "名": 2}') == {"😀": 1, "名": 2}


def test_equal_names_in_different_objects_are_no_repetition() -> None:
    assert parse('[{"a": 1}, {"a": {"a": 2}}]') == [{"a": 1}, {"a": {"a": 2}}]


def test_a_repetition_inside_a_replaced_member_is_refused_too() -> None:
    assert refusal('{"a": {"b": 1, "b": 2}, "a": 3}').code == "repeated-member"


def test_a_document_of_ten_megabytes_is_refused_without_being_parsed() -> None:
    raw = b"[" * 10_000_000
    with pytest.raises(DocumentTooLarge) as caught:
        parse(raw)
    assert caught.value.kind is ErrorKind.TOO_LARGE
    assert "2 MiB" in caught.value.detail


@pytest.mark.parametrize("letter", ["x", "é", "€", "\U0001f680"])
def test_the_limit_counts_bytes(letter: str) -> None:
    room = (MAX_BYTES - 2) // len(letter.encode())
    assert parse(f'"{letter * room}"')
    with pytest.raises(DocumentTooLarge, match="at most 2097152 bytes"):
        parse(f'"{letter * (room + 1)}"')


@pytest.mark.parametrize("digits", ["9" * 17, "-" + "1" * 17, "1" + "0" * 5000])
def test_a_number_that_is_too_long_is_refused_where_it_stands(digits: str) -> None:
    with pytest.raises(InvalidDocument) as caught:
        validate(parse(f'{{"variables": {{"size": {{"type": "number", "default": {digits}}}}}}}'))
    (problem,) = caught.value.problems
    assert (problem.pointer, problem.code) == ("/variables/size/default", "number-too-large")
