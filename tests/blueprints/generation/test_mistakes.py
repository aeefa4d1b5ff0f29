"""Documents of the kinds that failed in AWS once: refused where they stand, or they live.

What is refused says what is right; the rest is made, renamed, destroyed and made again.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog.documents import InvalidDocument, validate
from tests.blueprints.generation.deployment import Deployment

if TYPE_CHECKING:
    from tests.blueprints.generation.schema_provider import Served
    from tests.blueprints.generation.terraform import Terraform

MISTAKES = json.loads((Path(__file__).parent / "data" / "mistakes.json").read_text())
VARIABLES = {
    "key": {"type": "string", "secret": True},
    "provider": {"type": "number", "default": 1},  # a word of Terraform's
}


def document(components: list[dict[str, Any]], **members: Any) -> dict[str, Any]:
    """A document of these, after what of the world they name."""
    text = json.dumps(components)
    named = {name for name in MISTAKES["world"] if f'"ref": "{name}"' in text}
    if any(name.startswith(("open", "shut")) for name in named):
        named.add("net")
    among = [{"id": n, **copy.deepcopy(MISTAKES["world"][n])} for n in sorted(named)]
    used = {name: said for name, said in VARIABLES.items() if f'"var": "{name}"' in text}
    start = {"cloud": "aws", "region": "eu-west-1", "variables": used}
    return {**start, "components": [*among, *copy.deepcopy(components)], **members}


@pytest.mark.parametrize("name", MISTAKES["refused"])
def test_what_aws_refuses_is_refused_where_it_stands(name: str) -> None:
    components, pointer, remedy = MISTAKES["refused"][name]
    with pytest.raises(InvalidDocument) as refusal:
        validate(document(components))
    (problem,) = refusal.value.problems
    assert problem.pointer == pointer
    assert remedy in problem.message


@pytest.mark.terraform
def test_what_failed_once_lives(
    today: Terraform, served: Served, store: str, tmp_path: Path
) -> None:
    components = [each for made in MISTAKES["lived"].values() for each in made]
    relations = [{"from": "gate", "to": "shop", "type": "routes_to"}]
    raw = document(components, relations=relations)
    deployment = Deployment(today, tmp_path, store)
    stack = deployment.write(validate(raw))
    made = sum(node.address.kind == "resource" for node in stack.nodes)
    for _ in range(2):
        deployment.apply()
        assert len(served.account.live) == made
        for component in raw["components"]:
            component["name"] = f"Renamed {component['id']}"
        deployment.write(validate(raw))
        assert {step.action for step in deployment.apply()} <= {"update"}
        deployment.destroy()
        assert served.account.live == {}
