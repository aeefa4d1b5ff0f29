"""Names of members: two that are one to Terraform are refused, in whatever order they stand."""

from __future__ import annotations

import pytest

from blueprints.catalog.documents import InvalidDocument
from blueprints.catalog.documents.plain import plain

KELVIN = "\u212a"  # its normal form is the letter K


@pytest.mark.parametrize(
    "names", [("K", KELVIN), (KELVIN, "K"), ("\u00e9", "e\u0301"), ("\u03a9", "\u2126")]
)
def test_names_that_are_one_in_normal_form_are_refused_at_the_later(names: tuple[str, str]) -> None:
    with pytest.raises(InvalidDocument) as refused:
        plain({"tags": dict.fromkeys(names, "x")})
    (problem,) = refused.value.problems
    assert (problem.code, problem.path) == ("repeated-member", ("tags", names[1]))


@pytest.mark.parametrize("names", [("k", KELVIN), ("e", "\u00e9"), ("K", "k")])
def test_names_that_stay_apart_are_kept_as_they_are(names: tuple[str, str]) -> None:
    assert plain(dict.fromkeys(names, "x")) == dict.fromkeys(names, "x")
