"""Patterns fit whole values, and nothing but ``*`` has a meaning."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sso.workload_identity.patterns import matches


@pytest.mark.parametrize(
    ("pattern", "fits", "misses"),
    [
        ("main", "main", "mainly"),
        ("repo:octo-org/*", "repo:octo-org/web:ref", "repo:octo-organisation/web"),
        ("*/main", "refs/heads/main", "refs/heads/main2"),
        ("a*b*c", "axxbxxc", "acb"),
        ("ab*ba", "abba", "aba"),
        ("v1.?", "v1.?", "v1.2"),
        ("[ab]", "[ab]", "a"),
        ("Main", "Main", "main"),
    ],
)
def test_a_pattern_fits_whole_values(pattern: str, fits: str, misses: str) -> None:
    assert matches(pattern, fits)
    assert not matches(pattern, misses)


@given(st.text("ab*", max_size=8), st.text("ab", max_size=10))
def test_it_fits_what_the_expression_of_the_same_meaning_fits(pattern: str, value: str) -> None:
    expression = ".*".join(re.escape(part) for part in pattern.split("*"))
    assert matches(pattern, value) == bool(re.fullmatch(expression, value))


def test_many_wildcards_cost_no_time() -> None:
    began = time.process_time()
    assert not matches("*a" * 200 + "b", "a" * 10_000)
    assert time.process_time() - began < 1
