"""Resources as flat tables of values, and what a document's resources must hold.

The expected values are written down from AWS's documentation, not computed: a generator that
writes another value of the right form is noticed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from blueprints.catalog.documents import validate
from blueprints.generation.ir import Base64, Block, Json, Lookup, Node, Value
from tests.blueprints.generation import documents
from tests.blueprints.generation.reach import text

Flat = dict[str, Any]
Document = dict[str, Any]
#: By type and component: the resources that there must be, each with some of its values.
Expected = Mapping[tuple[str, str], list[Flat]]

#: What a resource must not say.
ABSENT = object()


def part(component_id: str, component_type: str, **properties: Any) -> Document:
    return {"id": component_id, "type": component_type, "properties": properties}


def ref(target: str) -> dict[str, str]:
    return {"ref": target}


def var(name: str) -> dict[str, str]:
    return {"var": name}


PRIVATE = [ref("private-a"), ref("private-b")]
NETWORK = [
    part("main", "network", cidr="10.0.0.0/16"),
    part("public-a", "subnet", network=ref("main"), cidr="10.0.0.0/24", public=True),
    part("private-a", "subnet", network=ref("main"), cidr="10.0.1.0/24"),
    part("private-b", "subnet", network=ref("main"), cidr="10.0.2.0/24", zone="b"),
    part("wall", "firewall", network=ref("main")),
]
VARIABLES = {
    "key": {"type": "string", "secret": True},
    "count": {"type": "number", "default": 2},
}


def document(*components: Document, **members: Any) -> Document:
    """A document of these components, with the variables that they use."""
    used = {name: rule for name, rule in VARIABLES.items() if f"'var': '{name}'" in str(components)}
    start: Document = {"cloud": "aws", "region": "eu-west-1", "variables": used}
    return {**start, "components": list(components), **members}


def resources(candidate: Document) -> dict[tuple[str, str], list[Flat]]:
    """All resources of a document, by type and component."""
    found: dict[tuple[str, str], list[Flat]] = {}
    for node in documents.stack_of(validate(candidate)).nodes:
        key = (node.address.type, node.address.component)
        found.setdefault(key, []).append(flat(node))
    return found


def flat(node: Node) -> Flat:
    """A resource's values by their paths; the blocks of one type are numbered if there are more."""
    values = dict(_of_body(node.arguments, node.blocks, ""))
    values["depends_on"] = {f"{each.type}.{each.component}" for each in node.depends_on}
    values["ignore_changes"] = set(node.ignore_changes)
    return values


def _of_body(
    arguments: Mapping[str, Value], blocks: tuple[Block, ...], prefix: str
) -> Iterator[tuple[str, Any]]:
    for name, value in arguments.items():
        yield from _of_value(f"{prefix}{name}", value)
    counts = Counter(block.type for block in blocks)
    numbers: Counter[str] = Counter()
    for block in blocks:
        number = f".{numbers[block.type]}" if counts[block.type] > 1 else ""
        numbers[block.type] += 1
        yield from _of_body(block.arguments, block.blocks, f"{prefix}{block.type}{number}.")


def _of_value(path: str, value: Value) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Json):
        yield from _of_value(path, value.value)
    elif isinstance(value, Base64):
        yield f"{path}.base64", _plain(value.value)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _of_value(f"{path}.{name}", inner)
    elif isinstance(value, tuple) and any(isinstance(item, Mapping) for item in value):
        for number, item in enumerate(value):
            yield from _of_value(f"{path}.{number}", item)
    else:
        yield path, _plain(value)


def _plain(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Lookup):
        return {"lookup": dict(value.table), "key": text(value.key)}
    return value if isinstance(value, str | int | float | bool) else text(value)


def check(candidate: Document, expected: Expected) -> None:
    """Every resource that is expected is there once, with the values that are."""
    found = resources(candidate)
    for key, wanted in expected.items():
        rest = list(found.get(key, []))
        for values in wanted:
            fitting = [each for each in rest if not _differences(each, values)]
            if not fitting:
                assert rest, f"There is no {key}: {sorted(found)}"
                nearest = min((_differences(each, values) for each in rest), key=len)
                raise AssertionError(f"{key}: {nearest}")
            rest.remove(fitting[0])
        assert not rest, f"{key}: {len(rest)} more than expected: {rest}"


def _differences(given: Flat, values: Flat) -> dict[str, tuple[Any, Any]]:
    """Where given values differ: the paths, with what is there and what should be."""
    return {
        path: (given.get(path, "nothing"), wanted)
        for path, wanted in values.items()
        if (
            path in given
            if wanted is ABSENT
            else path not in given or not _same(given[path], wanted)
        )
    }


def _same(given: Any, wanted: Any) -> bool:
    return type(given) is type(wanted) and bool(given == wanted)
