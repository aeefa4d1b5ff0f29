"""Existing components: data sources in the place of the resources that they would have been.

Families refer to the resources of a component without asking whether the document makes it.
Afterwards, references to what exists already are turned to the data source that reads it.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from blueprints.generation.clouds.aws.mapping import Context, value
from blueprints.generation.ir import Address, Node, Reference, edges, replaced

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Output, Value


@dataclass(frozen=True, slots=True)
class DataSource:
    """A data source that reads what a resource would have been.

    Attributes:
        type: its type.
        found_by: the argument for each way in which a document finds a component.
        of: the data source whose id this one takes, and the argument for it, if it is found
            through another one.
        of_attribute: what of the other one the argument takes, if not its id.
        in_network: whether the network that the document states narrows the search, with
            these arguments beside it.
        renamed: attributes that have another name than the resource's.
    """

    type: str
    found_by: Mapping[str, str] = field(default_factory=dict)
    of: tuple[str, str] | None = None
    of_attribute: tuple[str | int, ...] = ("id",)
    in_network: Mapping[str, Value] | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)


_TAGS = {"tags": "tags"}

#: For each component type, the data sources by the resource type whose place they take. The
#: first is the main one.
_DATA_SOURCES: Mapping[str, Mapping[str, DataSource]] = {
    "compute_instance": {
        "aws_instance": DataSource("aws_instance", {"id": "instance_id", "tags": "instance_tags"})
    },
    "container_cluster": {
        "aws_eks_cluster": DataSource("aws_eks_cluster", {"name": "name"}),
        "aws_iam_openid_connect_provider": DataSource(
            "aws_iam_openid_connect_provider",
            of=("aws_eks_cluster", "url"),
            of_attribute=("identity", 0, "oidc", 0, "issuer"),
        ),
    },
    "database": {
        "aws_db_instance": DataSource(
            "aws_db_instance",
            {"name": "db_instance_identifier", **_TAGS},
            renamed={"arn": "db_instance_arn", "username": "master_username"},
        )
    },
    "dns_zone": {
        "aws_route53_zone": DataSource(
            "aws_route53_zone",
            {"id": "zone_id", "name": "name"},
            in_network={"private_zone": True},
        )
    },
    "firewall": {
        "aws_security_group": DataSource(
            "aws_security_group", {"id": "id", "name": "name", **_TAGS}, in_network={}
        )
    },
    "function": {
        "aws_lambda_function": DataSource("aws_lambda_function", {"name": "function_name"})
    },
    "load_balancer": {"aws_lb": DataSource("aws_lb", {"id": "arn", "name": "name", **_TAGS})},
    "network": {"aws_vpc": DataSource("aws_vpc", {"id": "id", **_TAGS})},
    "object_storage": {"aws_s3_bucket": DataSource("aws_s3_bucket", {"name": "bucket"})},
    "queue": {"aws_sqs_queue": DataSource("aws_sqs_queue", {"name": "name"})},
    "role": {
        "aws_iam_role": DataSource("aws_iam_role", {"name": "name"}),
        # Consoles give a role's profile the name of the role.
        "aws_iam_instance_profile": DataSource("aws_iam_instance_profile", {"name": "name"}),
    },
    "secret": {
        "aws_secretsmanager_secret": DataSource(
            "aws_secretsmanager_secret", {"id": "arn", "name": "name"}
        ),
        "aws_secretsmanager_secret_version": DataSource(
            "aws_secretsmanager_secret_version", of=("aws_secretsmanager_secret", "secret_id")
        ),
    },
    "subnet": {"aws_subnet": DataSource("aws_subnet", {"id": "id", **_TAGS}, in_network={})},
}


def read_existing(
    nodes: Iterable[Node], outputs: Iterable[Output], context: Context
) -> tuple[tuple[Node, ...], tuple[Output, ...]]:
    """Turn references to existing components to data sources, and add those data sources."""
    sources = _DataSources(context)
    read = [sources.node(node) for node in nodes]
    read_outputs = tuple(
        dataclasses.replace(output, value=replaced(output.value, sources.reference))
        for output in outputs
    )
    made = [sources.node(node) for node in sources.data_sources()]
    return (*read, *made), read_outputs


class _DataSources:
    """Turns references, and remembers which data sources they need."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._existing = {component.id: component for component in context.document.existing}
        self._wanted: dict[Address, DataSource] = {}
        for component in context.document.existing:
            main = next(iter(_DATA_SOURCES[component.type]))
            self._want(component, main)

    def node(self, node: Node) -> Node:
        mentioned = (*edges(node), *node.waits_for)
        if not any(address.component in self._existing for address in mentioned):
            return node
        depends_on = tuple(a for a in node.depends_on if a.component not in self._existing)
        waits_for = tuple(a for a in node.waits_for if a.component not in self._existing)
        return dataclasses.replace(
            node,
            arguments={n: replaced(v, self.reference) for n, v in node.arguments.items()},
            blocks=tuple(block.replaced(self.reference) for block in node.blocks),
            depends_on=depends_on,
            waits_for=waits_for,
        )

    def reference(self, reference: Reference) -> Reference:
        component = self._existing.get(reference.target.component)
        if component is None or reference.target.kind == "data":
            return reference
        address, source = self._want(component, reference.target.type)
        first, *rest = reference.path
        return Reference(address, (source.renamed.get(str(first), first), *rest))

    def data_sources(self) -> Iterator[Node]:
        for address, source in sorted(self._wanted.items(), key=lambda item: item[0].type):
            component = self._existing[address.component]
            yield _data_source(address, source, component, self._context.of(component))

    def _want(self, component: Component, resource_type: str) -> tuple[Address, DataSource]:
        source = _DATA_SOURCES[component.type][resource_type]
        address = Address("data", source.type, component.id)
        self._wanted[address] = source
        return address, source


def _data_source(
    address: Address, source: DataSource, component: Component, context: Context
) -> Node:
    arguments = dict(_search(source, component, context))
    network = component.properties.get("network")
    if source.in_network is not None and network is not None:
        arguments |= {"vpc_id": value(network, context), **source.in_network}
    return Node(address, category="existing", arguments=arguments, provider=context.provider)


def _search(
    source: DataSource, component: Component, context: Context
) -> Iterator[tuple[str, Value]]:
    if source.of:
        resource_type, argument = source.of
        yield (
            argument,
            Reference(Address("resource", resource_type, component.id), source.of_attribute),
        )
        return
    existing = component.existing
    if existing is None:
        raise TypeError(f"{component.id} is made by the document.")
    found_by: str = existing.found_by
    wanted: Any = value(existing.value, context)
    if found_by not in source.found_by:
        # What has no name of its own in AWS is called by a tag.
        found_by, wanted = "tags", {"Name": wanted}
    yield source.found_by[found_by], wanted
