from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from blueprints.catalog import component_types
from blueprints.catalog.documents.cloud_rules import limits, rules

if TYPE_CHECKING:
    from pathlib import Path


def test_the_pages_are_up_to_date() -> None:
    out = StringIO()
    call_command("cloud_limits", check=True, stdout=out)
    assert "up to date" in out.getvalue()


def test_a_page_that_says_something_else_is_found_and_written(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"run manage\.py cloud_limits"):
        call_command("cloud_limits", check=True, folder=tmp_path)
    call_command("cloud_limits", folder=tmp_path, stdout=StringIO())
    call_command("cloud_limits", check=True, folder=tmp_path, stdout=StringIO())


def test_every_component_type_has_its_limits_listed() -> None:
    listed = {limit.component_type for limit in limits("aws")}
    assert listed == set(component_types.names())


def test_what_a_limit_says_of_rules_is_true() -> None:
    codes = {rule.code for rule in rules("aws")}
    for limit in limits("aws"):
        if "`aws-" in limit.held:
            assert limit.held.split("`")[1] in codes
