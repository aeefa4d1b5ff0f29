"""Small documents for tests, and what validation says of them."""

from __future__ import annotations

import copy
from typing import Any

from blueprints.catalog import examples
from blueprints.catalog.documents import InvalidDocument, Problem, validate

Json = dict[str, Any]


def ref(target: str) -> dict[str, str]:
    return {"ref": target}


def var(name: str) -> dict[str, str]:
    return {"var": name}


def part(component_id: str, component_type: str, **properties: Any) -> Json:
    return {"id": component_id, "type": component_type, "properties": properties}


def document(*components: Json, **members: Any) -> Json:
    return {"cloud": "aws", "region": "us-east-1", "components": list(components), **members}


def network_with_subnets(name: str = "main", octet: int = 0) -> list[Json]:
    """Make a network with one subnet in zone a and one in zone b."""
    block = f"10.{octet}"
    return [
        part(name, "network", cidr=f"{block}.0.0/16"),
        part(f"{name}-a", "subnet", network=ref(name), cidr=f"{block}.1.0/24", zone="a"),
        part(f"{name}-b", "subnet", network=ref(name), cidr=f"{block}.2.0/24", zone="b"),
    ]


def changed(original: Json, *path: str | int, to: Any) -> Json:
    """Return a copy of the document with the value at the path put in place or replaced."""
    result = copy.deepcopy(original)
    place: Any = result
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return result


def without(original: Json, *path: str | int) -> Json:
    """Return a copy of the document without the value at the path."""
    result = copy.deepcopy(original)
    place: Any = result
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return result


def three_tier() -> Json:
    return examples.load("three-tier-web")


def index_of(original: Json, component_id: str) -> int:
    ids = [component["id"] for component in original["components"]]
    return ids.index(component_id)


def problems(candidate: object) -> tuple[Problem, ...]:
    """Return what is wrong with a document; nothing if it is valid."""
    try:
        validate(candidate)
    except InvalidDocument as error:
        return error.problems
    return ()


def places(candidate: object) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.code) for problem in problems(candidate)]


def only_problem(candidate: object) -> Problem:
    found = problems(candidate)
    assert len(found) == 1, found
    return found[0]
