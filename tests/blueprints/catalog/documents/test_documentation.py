from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import get_args

import pytest

from blueprints.catalog.documents import validate
from blueprints.catalog.problems import Code

from .builders import Json, problems

ROOT = Path(__file__).resolve().parents[4]
PAGE = (ROOT / "docs/blueprints/document.md").read_text("utf-8")
BLOCKS = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


def test_the_document_on_the_page_is_valid() -> None:
    assert len(validate(BLOCKS[0]).components) == 4


@pytest.mark.parametrize("component", [b for b in BLOCKS if "id" in b], ids=lambda c: c["id"])
def test_the_components_on_the_page_are_valid_in_its_document(component: Json) -> None:
    shared = [block for block in BLOCKS if block.get("id") == "shared" != component["id"]]
    components = [*BLOCKS[0]["components"], *shared, component]
    assert problems({**BLOCKS[0], "components": components}) == ()


def test_the_variable_on_the_page_is_valid() -> None:
    (variable,) = [block for block in BLOCKS if "element" in block]
    assert problems({**BLOCKS[0], "outputs": {}, "variables": {
        **BLOCKS[0]["variables"], "subnets": variable}}) == ()  # fmt: skip


def test_the_error_on_the_page_is_the_one_given() -> None:
    document = copy.deepcopy(BLOCKS[0])
    document["components"][3]["type"] = "databse"
    (shown,) = next(block["errors"] for block in BLOCKS if "errors" in block)
    found = problems(document)[0]
    assert (found.pointer, found.code, found.message) == tuple(shown.values())


def test_the_page_names_every_code_and_no_other() -> None:
    table = PAGE.partition("| what | codes |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z0-9-]+)`", table)) == set(get_args(Code))


def test_the_warning_on_the_page_is_the_one_given() -> None:
    shown = next(block for block in BLOCKS if block.get("severity") == "warning")
    document = {"cloud": "aws", "region": "us-east-1", "components": []}
    (given,) = validate({**document, "variables": {"owner": {"type": "string"}}}).warnings
    assert shown == {
        "severity": given.severity,
        "code": given.code,
        "pointer": given.pointer,
        "detail": given.message,
        "fix": given.fix,
    }
