"""What components write is locked in overrides: compared with what is generated."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog import provider_schemas
from blueprints.catalog.component_types.written import WRITTEN
from blueprints.catalog.documents import InvalidDocument, locked, validate
from blueprints.catalog.documents.attributes import RAW, is_secret
from blueprints.generation.ir import Reference
from tests.blueprints.generation import documents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from blueprints.catalog.documents import Document
    from blueprints.generation.ir import Block, Node
    from tests.blueprints.generation.terraform import Terraform


def _repeated() -> Document:
    """Return a load balancer that stands for each key, whose names are of another kind."""
    raw = documents.raw("three-tier-web")
    (balancer,) = (each for each in raw["components"] if each["type"] == "load_balancer")
    balancer["for_each"] = ["blue", "green"]
    around = [
        each for each in raw["components"] if each["type"] in {"firewall", "network", "subnet"}
    ]
    return documents.small(*around, balancer)


def _documents() -> Iterator[Document]:
    yield _repeated()
    yield from map(documents.load, documents.NAMES)
    yield from filter(None, map(documents.chosen, documents.choices()))


def _made(document: Document) -> Iterator[Node]:
    """Yield the resources that components become, without those that documents write out."""
    for node in documents.stack_of(document).nodes:
        is_made = node.address.kind == "resource"
        if is_made and document.component(node.address.component).type != RAW:
            yield node


def _paths(blocks: Iterable[Block], within: str = "") -> Iterator[str]:
    for block in blocks:
        place = f"{within}{block.type}"
        yield place
        yield from (f"{place}.{name}" for name in block.arguments)
        yield from _paths(block.blocks, f"{place}.")


@cache
def written() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for document in _documents():
        for node in _made(document):
            paths = found.setdefault(node.address.type, set())
            paths |= {*node.arguments, *_paths(node.blocks)}
    return found


def test_the_table_of_what_components_write_is_what_is_generated() -> None:
    assert {kind: sorted(paths) for kind, paths in WRITTEN.items()} == {
        kind: sorted(paths) for kind, paths in written().items()
    }


def test_what_may_be_tuned_is_written_and_has_a_reason() -> None:
    for kind, reasons in locked.TUNABLE.items():
        assert reasons.keys() <= WRITTEN[kind], kind
        assert all(reasons.values())


#: What holds values of other resources and is not what ties them together.
_HOLDS_VALUES = {
    "aws_db_instance.final_snapshot_identifier",
    "aws_lambda_function.environment",
    "aws_route53_record.records",
}


def _refers(value: object) -> bool:
    if isinstance(value, Reference):
        return value.target.kind == "resource"
    if isinstance(value, Mapping):
        return any(map(_refers, value.values()))
    if isinstance(value, tuple):
        return any(map(_refers, value))
    fields = dataclasses.fields(value) if dataclasses.is_dataclass(value) else ()
    return any(_refers(getattr(value, field.name)) for field in fields)


@pytest.mark.parametrize("name", documents.NAMES)
def test_no_change_of_what_ties_resources_can_be_ignored(name: str) -> None:
    loose = set()
    for node in _made(documents.load(name)):
        kind, body = node.address.type, provider_schemas.resource("aws", node.address.type)
        content = [*node.arguments.items(), *((block.type, block) for block in node.blocks)]
        tied = {argument for argument, value in content if _refers(value)}
        loose |= {
            f"{kind}.{argument}"
            for argument in tied
            if locked.reason_to_watch(kind, argument, body) is None
        }
    assert loose <= _HOLDS_VALUES


def _unprotected(kind: str, body: provider_schemas.Body, *within: str) -> Iterator[str]:
    """Yield the switches that protect a block that overrides may add, and are not known."""
    for name, block in body.blocks.items():
        path, merges = (*within, name), not block.repeatable
        if locked.reason(kind, path, merges=merges) or locked.reason_of_added(block):
            continue
        if locked.is_added(kind, path, merges=merges):
            yield from (
                ".".join((kind, *path, switch))
                for switch, known in block.arguments.items()
                if known.type == "boolean"
                and locked.reason(kind, (*path, switch))
                and switch not in locked.SECURE
            )
        yield from _unprotected(kind, block, *path)


def test_what_protects_a_block_is_known_wherever_one_can_be_added() -> None:
    for kind in sorted(WRITTEN):
        body = provider_schemas.resource("aws", kind)
        if body is not None and not locked.closed_type(kind):
            assert not list(_unprotected(kind, body))


def _content(node: Node | Block) -> dict[str, Any]:
    """Say again in an override what a resource says; the values do not matter."""
    return {**dict.fromkeys(node.arguments, "x"), **{b.type: _content(b) for b in node.blocks}}


def _leaves(resource_type: str, node: Node) -> set[str]:
    """Return where overrides that say the same must be refused: at the first that is locked."""
    schema = provider_schemas.resource("aws", resource_type)
    assert schema is not None
    return {
        path.replace(".", "/")
        for path in {*node.arguments, *_paths(node.blocks)}
        - locked.TUNABLE.get(resource_type, {}).keys()
        if not _merges(path, schema)
    }


def _merges(path: str, body: provider_schemas.Body) -> bool:
    name, _, rest = path.partition(".")
    block = body.blocks.get(name)
    if block is None or block.repeatable:
        return False
    return not rest or _merges(rest, block)


@pytest.mark.parametrize("name", documents.NAMES)
def test_nothing_that_a_component_says_can_be_overridden(name: str) -> None:
    document, raw = documents.load(name), documents.raw(name)
    nodes = {(node.address.component, node.address.type): node for node in _made(document)}
    ids = [component["id"] for component in raw["components"]]
    for (component, kind), node in nodes.items():
        if provider_schemas.resource("aws", kind) is None:
            continue  # nothing can be said about it at all
        changed = documents.raw(name)
        index = ids.index(component)
        changed["components"][index]["overrides"] = {"aws": {kind: _content(node)}}
        _assert_locked(changed, f"/components/{index}/overrides/aws/{kind}", kind, node)


def _assert_locked(changed: dict[str, Any], place: str, kind: str, node: Node) -> None:
    with pytest.raises(InvalidDocument) as refused:
        validate(changed)
    found = {p.pointer for p in refused.value.problems if p.code == "locked-argument"}
    if locked.closed_type(kind):
        assert found == {place}
        return
    wanted = {f"{place}/{leaf}" for leaf in _leaves(kind, node)}
    missing = {leaf for leaf in wanted if not any(_covers(pointer, leaf) for pointer in found)}
    assert not missing, (kind, missing)


def _covers(pointer: str, leaf: str) -> bool:
    return leaf == pointer or leaf.startswith(f"{pointer}/")


def _sensitive(block: dict[str, Any], within: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, attribute in block.get("attributes", {}).items():
        if attribute.get("sensitive"):
            yield (*within, name)
    for name, nested in block.get("block_types", {}).items():
        yield from _sensitive(nested["block"], (*within, name))


def test_what_the_older_provider_calls_sensitive_is_secret_here(terraform: Terraform) -> None:
    judged = 0
    for kind, schema in terraform.provider_schema["resource_schemas"].items():
        for *blocks, name in _sensitive(schema["block"]):
            body = provider_schemas.resource("aws", kind)
            for block in blocks:
                body = body.blocks.get(block) if body else None
            if body and name in body.arguments:
                judged += 1
                assert is_secret(name, body), (kind, *blocks, name)
    assert judged > 15
