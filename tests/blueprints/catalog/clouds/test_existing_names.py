"""Names of what exists on AWS, by the bounds that its documentation gives."""

from __future__ import annotations

import pytest

from blueprints.catalog.clouds.aws.existing_names import NAME_FORMS


@pytest.mark.parametrize("name", ["a", "a-b", "a" * 63, "a-" * 31 + "a"])
def test_a_database_has_a_name_of_63_characters_at_most(name: str) -> None:
    assert NAME_FORMS["database"].pattern.fullmatch(name)


@pytest.mark.parametrize(
    "name", ["", "1a", "a-", "a--b", "a_b", "a" * 64, "a-" * 31 + "ab", "a" + "-a" * 62, "a\n"]
)
def test_no_database_has_any_other_name(name: str) -> None:
    assert not NAME_FORMS["database"].pattern.fullmatch(name)


@pytest.mark.parametrize("kind", NAME_FORMS)
def test_each_example_has_the_form(kind: str) -> None:
    assert NAME_FORMS[kind].pattern.fullmatch(NAME_FORMS[kind].example)
