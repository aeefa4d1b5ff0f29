"""Whatever a document says, if it is valid it becomes code, with names that AWS takes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blueprints.catalog import component_types
from blueprints.catalog.documents import InvalidDocument, validate
from blueprints.generation import generate
from blueprints.generation.targets.terraform.names import node_name
from tests.blueprints.generation import documents
from tests.blueprints.generation.any_document import IDS, VARIABLES, WORLD, properties, tags
from tests.blueprints.generation.test_names import assert_legal
from tests.sampling import examples

EXAMPLES = examples("of documents that are turned into code, of each type", full=150, few=25)
# What a provider's own schema or another document decides has tests of its own.
KINDS = [name for name in component_types.names() if name not in {"module", "raw"}]
FEWEST_VALID = 2


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


@pytest.mark.parametrize("kind", KINDS)
def test_a_valid_document_becomes_code_with_legal_names_of_their_own(kind: str) -> None:
    valid = 0
    ids = st.lists(IDS, min_size=2, max_size=2, unique=True)
    said = st.tuples(properties(kind), tags())

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(ids, said, said)
    def check(ids: list[str], first: Any, second: Any) -> None:
        nonlocal valid
        try:
            document = validate(made(kind, (ids[0], *first), (ids[1], *second)))
        except InvalidDocument:
            return
        valid += 1
        nodes = documents.stack_of(document).nodes
        addresses = {(n.address.kind, n.address.type, node_name(n.address)) for n in nodes}
        assert len(addresses) == len(nodes)
        assert_legal({node.address: node for node in nodes})
        one, another = (
            generate(document, target="terraform", project="p", prefix="shop") for _ in range(2)
        )
        assert one == another

    check()
    assert valid >= FEWEST_VALID
