"""The script that writes down what resources take, and the files that it wrote."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "blueprints/catalog/provider_schemas"
SCRIPT: dict[str, Any] = runpy.run_path(str(ROOT / "scripts/update_provider_schemas.py"))
READ: dict[str, Any] = {
    "attributes": {"name": ["string", True], "key": ["string", False]},
    "blocks": {
        "login": {
            "nesting": "single",
            "required": False,
            "attributes": {"user": ["string", True], "code": ["string", True]},
            "blocks": {},
            "computed": {"at": "string"},
        }
    },
    "computed": {"id": "string"},
}


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.json")))
def test_files_are_as_the_script_writes_them(name: str) -> None:
    text = (FOLDER / f"{name}.json").read_text("utf-8")
    data = json.loads(text)
    assert SCRIPT["written"](data) == text
    assert list(data["resources"]) == sorted(data["resources"])


def test_what_is_sensitive_stays_so_and_more_comes_from_the_provider() -> None:
    before = {"sensitive": ["key", "gone"], "blocks": {"login": {"sensitive": ["code"]}}}
    schema = {
        "attributes": {"id": {"sensitive": True}, "name": {"sensitive": False}},
        "block_types": {"login": {"block": {"attributes": {"user": {"sensitive": True}}}}},
    }
    body = SCRIPT["_body"](READ, before, schema)
    assert body["sensitive"] == ["id", "key"]
    assert body["computed"] == {"id": "string"}
    assert body["blocks"]["login"]["sensitive"] == ["code", "user"]
    assert "sensitive" not in SCRIPT["_body"](READ, {}, {})
