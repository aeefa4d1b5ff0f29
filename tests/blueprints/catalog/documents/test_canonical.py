from __future__ import annotations

import json

import pytest

from blueprints.catalog.documents import InvalidDocument, canonical, content_hash

from .builders import changed, document, part, three_tier


def test_the_form_is_that_of_rfc_8785() -> None:
    value = {"€": 1, "\r": "\u000f", "1": [56.0, 4.50, 2e-3, -0.0], "b": {"z": None, "a": True}}
    assert canonical(value) == (
        '{"\\r":"\\u000f","1":[56,4.5,0.002,0],"b":{"a":true,"z":null},"€":1}'.encode()
    )


def test_spacing_order_and_the_writing_of_numbers_do_not_matter() -> None:
    original = three_tier()
    turned = json.loads(json.dumps(original, indent=7, sort_keys=True))
    turned["components"][0]["properties"] = dict(
        reversed(turned["components"][0]["properties"].items())
    )
    assert content_hash(turned) == content_hash(original)
    as_integer = document(part("q", "queue", retention_seconds=60))
    as_float = document(part("q", "queue", retention_seconds=60.0))
    assert content_hash(as_integer) == content_hash(as_float)


def test_any_change_of_content_changes_the_hash() -> None:
    original = three_tier()
    swapped = changed(original, "components", to=original["components"][::-1])
    written_out = changed(original, "components", 0, "properties", "dns", to=True)
    hashes = {content_hash(candidate) for candidate in (original, swapped, written_out)}
    assert len(hashes) == 3


def test_the_hash_of_a_known_document_never_changes() -> None:
    assert (
        content_hash({"cloud": "aws", "components": [], "region": "us-east-1"})
        == "dbac8a0cd2e846debc745db39317126e82de0fd9966af788dad6c796fda8c4d6"
    )


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (float("nan"), "not-json"),
        (2**53, "number-too-large"),
        ("\ud800", "forbidden-character"),
        (object(), "not-json"),
    ],
)
def test_what_has_no_canonical_form_is_refused(value: object, code: str) -> None:
    with pytest.raises(InvalidDocument) as refused:
        content_hash({"value": value})
    assert [each.code for each in refused.value.problems] == [code]
