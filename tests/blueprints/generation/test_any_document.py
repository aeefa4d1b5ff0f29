"""Whatever a document says, if it is valid it becomes code, with names that AWS takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blueprints.catalog.documents import InvalidDocument, validate
from blueprints.generation import generate
from blueprints.generation.targets.terraform.names import node_name
from tests.blueprints.generation import documents
from tests.blueprints.generation.any_document import IDS, VARIABLES, WORLD, properties, tags
from tests.blueprints.generation.test_names import assert_legal
from tests.sampling import examples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents import Document
    from blueprints.generation.ir import Stack

EXAMPLES = examples("of documents that are validated, of each type", full=150, few=25)
TURNED_INTO_CODE = examples(
    "of valid documents that are turned into code, of each type", full=150, few=8
)
# What a provider's own schema or another document decides has tests of its own; a document is tried
# as a module of another, too.
KINDS = [name for name in documents.KINDS if name != "raw"]
FEWEST_VALID = 2
BLUEPRINT = "6f1c7a52-3c1e-4d0b-9d3a-2f5b8e7a9c10"


def made(kind: str, first: Any, second: Any) -> dict[str, Any]:
    """A document of the world and two components of the type."""
    components = [
        {"id": component_id, "type": kind, "properties": said, "tags": labels}
        for component_id, said, labels in (first, second)
    ]
    return {
        "cloud": "aws",
        "region": "us-east-1",
        "variables": VARIABLES,
        "components": [*WORLD, *components],
    }


def as_module(inner: dict[str, Any], component_id: str) -> dict[str, Any]:
    """A document that has nothing but another one as its module."""
    inputs = {name: {"var": name} for name in VARIABLES}
    properties = {"blueprint": BLUEPRINT, "version": 1, "inputs": inputs}
    return {
        "cloud": "aws",
        "region": "us-east-1",
        "variables": VARIABLES,
        "tags": {"Layer": {"var": "source"}},
        "components": [{"id": component_id, "type": "module", "properties": properties}],
        "modules": {f"{BLUEPRINT}@1": inner},
    }


def assert_becomes_code(document: Document) -> None:
    """Every name is legal, every address its own, and the bytes are the same twice."""
    for stack in stacks(documents.stack_of(document)):
        addresses = {(n.address.kind, n.address.type, node_name(n.address)) for n in stack.nodes}
        assert len(addresses) == len(stack.nodes)
        assert_legal({node.address: node for node in stack.nodes})
    one, another = (
        generate(document, target="terraform", project="p", prefix="shop") for _ in range(2)
    )
    assert one == another


def stacks(stack: Stack) -> Iterator[Stack]:
    yield stack
    for module in stack.modules.values():
        yield from stacks(module)


@pytest.mark.parametrize("kind", KINDS)
def test_a_valid_document_becomes_code_with_legal_names_of_their_own(kind: str) -> None:
    """The same document is a module too: what it may be called and be given, it may be anywhere."""
    valid = 0
    ids = st.lists(IDS, min_size=3, max_size=3, unique=True)
    said = st.tuples(properties(kind), tags())

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(ids, said, said)
    def check(ids: list[str], first: Any, second: Any) -> None:
        nonlocal valid
        raw = made(kind, (ids[0], *first), (ids[1], *second))
        try:
            document = validate(raw)
        except InvalidDocument:
            return
        valid += 1
        if valid > TURNED_INTO_CODE:
            return
        assert_becomes_code(document)
        assert_becomes_code(validate(as_module(raw, ids[2])))

    check()
    assert valid >= FEWEST_VALID
