from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

from blueprints.catalog.documents import validate
from blueprints.catalog.documents.problems import Code

from .builders import problems

ROOT = Path(__file__).resolve().parents[4]
PAGE = (ROOT / "docs/blueprints/document.md").read_text("utf-8")


def test_the_document_on_the_page_is_valid() -> None:
    (first, *_) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert len(validate(json.loads(first)).components) == 4


def test_the_error_on_the_page_is_the_one_given() -> None:
    document = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])
    document["components"][3]["type"] = "databse"
    shown = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[1])["errors"][0]
    found = problems(document)[0]
    assert (found.pointer, found.code, found.message) == tuple(shown.values())


def test_the_page_names_every_code_and_no_other() -> None:
    table = PAGE.partition("| what | codes |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z0-9-]+)`", table)) == set(get_args(Code))


def test_the_warning_on_the_page_is_the_one_given() -> None:
    shown = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[2])
    document = {"cloud": "aws", "region": "us-east-1", "components": []}
    (given,) = validate({**document, "variables": {"owner": {"type": "string"}}}).warnings
    assert shown == {
        "severity": given.severity,
        "code": given.code,
        "pointer": given.pointer,
        "detail": given.message,
        "fix": given.fix,
    }
