from __future__ import annotations

import pytest

from blueprints.catalog import component_types, examples
from blueprints.catalog.documents import validate


@pytest.mark.parametrize("name", examples.names())
def test_every_worked_blueprint_is_valid(name: str) -> None:
    document = validate(examples.load(name))
    assert document.region == "us-east-1"
    assert document.outputs


def test_the_worked_blueprints_use_every_component_type() -> None:
    used = {part["type"] for name in examples.names() for part in examples.load(name)["components"]}
    assert used == set(component_types.names()) - {
        "module",
        "raw",
        "remote_state",
    }  # none stands alone


def test_a_loaded_blueprint_is_the_callers_own() -> None:
    examples.load("three-tier-web")["components"].clear()
    assert examples.load("three-tier-web")["components"]


@pytest.mark.parametrize("name", ["no-such", "../regions/aws", "__init__"])
def test_an_unknown_worked_blueprint_is_refused(name: str) -> None:
    with pytest.raises(KeyError, match=name):
        examples.load(name)
