"""The life of each component type: made, changed in every way, destroyed and made again.

Documents and changes are in ``lives.py``. Terraform applies them to an account that keeps what a
cloud keeps (``schema_provider``), and each step may touch nothing but what the change is about.
A short run makes many changes at once, a full one each by itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import pytest

from blueprints.catalog import component_types
from blueprints.catalog.documents import InvalidDocument, validate
from blueprints.generation.ir import edges
from blueprints.generation.targets.terraform.names import node_name
from tests.blueprints.generation import lives
from tests.blueprints.generation.deployment import Deployment, Step
from tests.blueprints.generation.terraform import TerraformFailed
from tests.sampling import FULL, leave_out

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from blueprints.generation.ir import Address, Node, Stack
    from tests.blueprints.generation.lives import Change
    from tests.blueprints.generation.schema_provider import Served
    from tests.blueprints.generation.terraform import Terraform

# A remote state is read, and has no life.
KINDS = tuple(name for name in component_types.names() if name != "remote_state")

#: What goes before the new one comes, if it is replaced, and why not the other way round.
DESTROYED_FIRST: Mapping[str, str] = {
    "aws_cloudwatch_log_group": "a raw resource is what its author writes",
    "aws_db_instance": "its identifier is unique; a last snapshot keeps what it held",
    "aws_elasticache_replication_group": "its identifier is unique",
    "aws_instance": "there may be one only of what runs on it",
    "aws_lb": "its name is unique, and too short for a suffix that people could read past",
    "aws_route53_zone": "it is the domain",
    "aws_s3_bucket": "its author named it",
    "aws_sqs_queue": "its name is unique",
    "random_id": "it exists in the state alone",
    "random_password": "it exists in the state alone",
}
#: What stays as it was when nobody says it any more, and why that does no harm.
LEFT = {
    "aws_eks_cluster.vpc_config": "the list of a public endpoint, which is closed again",
    "aws_instance.key_name": "a machine keeps the key that it started with",
}


@pytest.fixture
def deployment(today: Terraform, store: str, tmp_path: Path) -> Deployment:
    return Deployment(today, tmp_path, store)


# What a step may touch


class Placed(NamedTuple):
    """A node where it stands.

    Attributes:
        node: of the stack of a document or of a module.
        module: what its address begins with, if it lies in a module.
        component: which one of the document it comes from.
    """

    node: Node
    module: str
    component: str

    def name(self, address: Address) -> str:
        """Return what Terraform calls another node of the same stack."""
        return f"{self.module}{address.type}.{node_name(address)}"

    @property
    def needs(self) -> set[str]:
        """The nodes that it refers to or waits for."""
        return set(map(self.name, edges(self.node)))


Nodes: TypeAlias = "Mapping[str, Placed]"


def nodes_of(stack: Stack, module: str = "", component: str = "") -> dict[str, Placed]:
    """Return the nodes of a stack and of its modules, by what Terraform calls them."""
    found = {}
    for node in stack.nodes:
        name = node.address.component
        placed = Placed(node, module, component or name)
        found[placed.name(node.address)] = placed
        if node.address.kind == "module":
            inner = f"{module}module.{node_name(node.address)}."
            found |= nodes_of(stack.modules[name], inner, placed.component)
    return found


def unexplained(change: Change, steps: list[Step], nodes: Nodes) -> list[Step]:
    """What is touched though the change is not about it, nor about what it refers to."""
    left = [step for step in steps if not _is_about(change, nodes[step.resource])]
    renewed = {step.resource for step in steps if step.is_new and step not in left}
    while follows := [s for s in left if renewed & nodes[s.resource].needs]:
        left = [step for step in left if step not in follows]
        renewed |= {step.resource for step in follows if step.is_new}
    return left


def _is_about(change: Change, placed: Placed) -> bool:
    return placed.component in change.about or change.about >= lives.EVERY


def interrupting(steps: list[Step], nodes: Nodes) -> list[Step]:
    """What is destroyed before it is made anew, without a reason, and not as a part of another."""
    replaced = {step.resource for step in steps if step.action == "replace"}
    return [
        step
        for step in steps
        if step.action == "replace"
        and not _is_made_first(step.resource, nodes)
        and nodes[step.resource].node.address.type not in DESTROYED_FIRST
        and not replaced & nodes[step.resource].needs
    ]


def _is_made_first(name: str, nodes: Nodes) -> bool:
    """Whether the new one is made before the old one goes: for its own sake, or for a user's.

    https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle
    """
    users = (user for user, placed in nodes.items() if name in placed.needs and user != name)
    return nodes[name].node.create_before_destroy or any(_is_made_first(u, nodes) for u in users)


# Changes that are made at once


def batches(kind: str) -> list[Change]:
    """The changes of a life, many at once; in a full run each by itself."""
    changes = list(lives.changes(kind))
    if FULL:
        return changes
    found: list[Change] = []
    for change in changes:
        place = next((n for n, b in enumerate(found) if _go_together(kind, b, change)), None)
        if place is None:
            found.append(change)
        else:
            found[place] += change
    leave_out(f"changes made one by one in the life of a {kind}", len(changes) - len(found))
    return sorted(found, key=lambda batch: (batch.renews, not batch.refused))


def _go_together(kind: str, batch: Change, change: Change) -> bool:
    name, equals, _ = change.name.partition(" = ")
    alike = all(
        getattr(batch, what) == getattr(change, what) for what in ("renews", "refused")
    ) and bool(batch.about) == bool(change.about)
    said = equals and f"{name} = " in batch.name
    return alike and not batch.refused and not said and _is_valid(kind, batch + change)


def _is_valid(kind: str, change: Change) -> bool:
    try:
        validate(change.document(kind))
    except InvalidDocument:
        return False
    return True


# Before and after


def held(deployment: Deployment) -> dict[str, dict[str, str]]:
    """What there is, without the numbers that the account makes up."""
    return {
        address: {name: _without_numbers(value) for name, value in attributes.items()}
        for address, attributes in deployment.state().items()
    }


def _without_numbers(value: Any) -> str:
    return re.sub(r"\d+", "0", str(value))


def different(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """The attributes in which two states differ, as ``type.attribute``."""
    return {
        f"{address.rpartition('.')[0].rpartition('.')[2]}.{name}"
        for address in before.keys() | after.keys()
        for name in before.get(address, {}).keys() | after.get(address, {}).keys()
        if before.get(address, {}).get(name) != after.get(address, {}).get(name)
    }


# The tests


@pytest.mark.parametrize("kind", KINDS)
def test_a_life_changes_each_property_of_its_type(kind: str) -> None:
    properties = component_types.get(kind).schema["properties"]
    assert {name for name, *_ in lives.data_of(kind)["changes"]} == properties.keys()


@pytest.mark.terraform
@pytest.mark.parametrize("kind", KINDS)
def test_a_change_touches_what_it_is_about(
    deployment: Deployment, served: Served, kind: str
) -> None:
    first = validate(lives.document(kind))
    nodes = nodes_of(deployment.write(first))
    deployment.apply()
    initially = held(deployment)
    for change in batches(kind):
        make(deployment, kind, change, nodes)
        if change.about and (FULL or not change.renews):
            deployment.write(first)
            deployment.apply()
            assert different(initially, held(deployment)) <= LEFT.keys(), change.name
    deployment.destroy()
    assert served.account.live == {}
    if FULL or {type_ for type_, _ in served.account.left}:
        deployment.apply()
        deployment.destroy()
        assert served.account.live == {}


def make(deployment: Deployment, kind: str, change: Change, nodes: dict[str, Placed]) -> None:
    """Make a change, and see that it touches what it may.

    Args:
        nodes: all resources that there were so far; those of the change are added.
    """
    nodes |= nodes_of(deployment.write(validate(change.document(kind))))
    if change.refused:
        with pytest.raises(TerraformFailed, match=change.refused):
            deployment.apply()
        return
    steps = deployment.apply() if change.about else deployment.plan()
    assert unexplained(change, steps, nodes) == [], change.name
    assert change.renews or "replace" not in {step.action for step in steps}, change.name
    assert interrupting(steps, nodes) == [], change.name
