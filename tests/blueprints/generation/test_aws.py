"""What the mapping to AWS promises beyond code that is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog import component_types
from blueprints.catalog.clouds.aws import machine_types
from blueprints.catalog.documents import InvalidDocument
from blueprints.generation.clouds.aws import naming
from blueprints.generation.clouds.aws.mapping import mapping_for
from blueprints.generation.ir import (
    Block,
    Node,
    Reference,
    Value,
    VariableReference,
    block_values,
    edges,
)
from tests.blueprints.generation import documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents import Document


def nodes_of(document: Document, kind: str) -> list[Node]:
    return [n for n in documents.stack_of(document).nodes if n.address.type == kind]


def component(id: str, type: str, **properties: Any) -> dict[str, Any]:  # noqa: A002  # as documents say
    return {"id": id, "type": type, "properties": properties}


def block_of(node: Node | Block, name: str) -> Block:
    return next(block for block in node.blocks if block.type == name)


NETWORK = component("main", "network", cidr="10.0.0.0/16")
PRIVATE = component("private-a", "subnet", network={"ref": "main"}, cidr="10.0.1.0/24")
PUBLIC = component("public-a", "subnet", network={"ref": "main"}, cidr="10.0.2.0/24", public=True)


def network(nat: str) -> dict[str, Any]:
    return component("main", "network", cidr="10.0.0.0/16", nat=nat)


@pytest.mark.parametrize("kind", component_types.names())
def test_every_component_type_has_a_mapping_with_all_its_attributes(kind: str) -> None:
    declared = {attribute.name for attribute in component_types.get(kind).attributes}
    assert set(mapping_for(kind).attributes) == declared


# Secrets

SECRET_ARGUMENTS = ("password", "auth_token", "secret_string")


def _literals(value: Value) -> Iterator[object]:
    if isinstance(value, str | int | float | bool):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _literals(item)


@pytest.mark.parametrize("name", documents.NAMES)
def test_a_secret_is_never_a_literal(name: str) -> None:
    nodes = documents.stack_of(documents.load(name)).nodes
    assert nodes
    for node in nodes:
        for argument in SECRET_ARGUMENTS:
            value = node.arguments.get(argument)
            assert value is None or isinstance(value, Reference | VariableReference)


def test_secret_variables_are_sensitive_and_have_no_default() -> None:
    variables = documents.stack_of(documents.load(documents.EVERYTHING)).variables
    secrets = [v for v in variables if v.sensitive]
    assert [v.name for v in secrets] == ["api_key"]
    assert all(v.default is None for v in secrets)
    assert any(v.default is not None for v in variables)


# Secure defaults

PLAIN = (
    NETWORK,
    PRIVATE,
    component("private-b", "subnet", network={"ref": "main"}, cidr="10.0.3.0/24", zone="b"),
    component("box", "compute_instance", subnet={"ref": "private-a"}),
    component("crowd", "autoscaling_group", subnets=[{"ref": "private-a"}]),
    component("files", "object_storage"),
    component("jobs", "queue"),
    component("token", "secret", generate={}),
    component(
        "db",
        "database",
        engine="postgres",
        subnets=[{"ref": "private-a"}, {"ref": "private-b"}],
        password={"ref": "token"},
    ),
    component("fast", "cache", engine="valkey", subnets=[{"ref": "private-a"}]),
    component(
        "cluster",
        "container_cluster",
        subnets=[{"ref": "private-a"}, {"ref": "private-b"}],
        node_groups=[{"name": "general"}],
    ),
    component("wall", "firewall", network={"ref": "main"}),
)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("aws_instance", {"associate_public_ip_address": False}),
        (
            "aws_db_instance",
            {
                "storage_encrypted": True,
                "publicly_accessible": False,
                "deletion_protection": True,
                "skip_final_snapshot": False,
            },
        ),
        (
            "aws_elasticache_replication_group",
            {"at_rest_encryption_enabled": True, "transit_encryption_enabled": True},
        ),
        ("aws_sqs_queue", {"sqs_managed_sse_enabled": True}),
        (
            "aws_s3_bucket_public_access_block",
            {
                "block_public_acls": True,
                "block_public_policy": True,
                "ignore_public_acls": True,
                "restrict_public_buckets": True,
            },
        ),
        ("aws_subnet", {"map_public_ip_on_launch": False}),
        ("aws_kms_key", {"enable_key_rotation": True}),
    ],
)
def test_nothing_asked_for_is_the_safe_choice(kind: str, arguments: dict[str, Value]) -> None:
    found = nodes_of(documents.small(*PLAIN), kind)
    assert found
    for node in found:
        assert {name: node.arguments[name] for name in arguments} == arguments


def test_machines_have_encrypted_disks_and_metadata_by_session_only() -> None:
    document = documents.small(*PLAIN)
    templates = nodes_of(document, "aws_launch_template")
    assert len(templates) == 2
    disks = [block_of(t, "block_device_mappings").blocks[0] for t in templates]
    disks += [block_of(n, "root_block_device") for n in nodes_of(document, "aws_instance")]
    assert [disk.arguments["encrypted"] for disk in disks] == [True, True, True]
    for node in (*templates, *nodes_of(document, "aws_instance")):
        assert block_of(node, "metadata_options").arguments["http_tokens"] == "required"


def test_a_clusters_control_plane_is_private_and_its_secrets_are_encrypted() -> None:
    (cluster,) = nodes_of(documents.small(*PLAIN), "aws_eks_cluster")
    assert block_of(cluster, "vpc_config").arguments["endpoint_public_access"] is False
    assert block_of(cluster, "encryption_config").arguments["resources"] == ("secrets",)


def test_nothing_is_open_to_the_world_unless_the_document_says_so() -> None:
    nodes = documents.stack_of(documents.small(*PLAIN)).nodes
    values = [v for node in nodes for v in block_values(node.arguments, node.blocks)]
    assert "0.0.0.0/0" not in [x for v in values for x in _literals(v)]
    opened = component(
        "wall",
        "firewall",
        network={"ref": "main"},
        ingress=[{"port": 443, "cidrs": ["0.0.0.0/0", "::/0"]}],
    )
    four, six = nodes_of(documents.small(NETWORK, opened), "aws_security_group_rule")
    assert four.arguments["cidr_blocks"] == ("0.0.0.0/0",)
    assert six.arguments["ipv6_cidr_blocks"] == ("::/0",)


def test_a_bucket_refuses_connections_without_tls() -> None:
    document = documents.small(component("files", "object_storage"))
    (written,) = nodes_of(document, "aws_s3_bucket_policy")
    policy: Any = written.arguments["policy"]
    (statement,) = policy.value["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


# Networks


def test_a_private_network_has_no_way_out() -> None:
    document = documents.small(NETWORK, PRIVATE)
    for kind in ("aws_internet_gateway", "aws_nat_gateway", "aws_route"):
        assert nodes_of(document, kind) == []


def test_a_public_subnet_brings_an_internet_gateway_and_its_route() -> None:
    document = documents.small(NETWORK, PUBLIC, PRIVATE)
    assert len(nodes_of(document, "aws_internet_gateway")) == 1
    (route,) = nodes_of(document, "aws_route")
    assert [target.type for target in edges(route)] == ["aws_route_table", "aws_internet_gateway"]
    tables = {
        n.address.component: n.arguments["route_table_id"]
        for n in nodes_of(document, "aws_route_table_association")
    }
    assert tables["public-a"] != tables["private-a"]


@pytest.mark.parametrize(("nat", "count"), [("none", 0), ("single", 1), ("per_zone", 2)])
def test_nat_gateways_come_in_the_number_asked_for(nat: str, count: int) -> None:
    zones = [
        component(
            f"{kind}-{zone}",
            "subnet",
            network={"ref": "main"},
            cidr=f"10.0.{n}.0/24",
            zone=zone,
            public=kind == "public",
        )
        for n, (kind, zone) in enumerate((k, z) for k in ("public", "private") for z in "ab")
    ]
    document = documents.small(network(nat), *zones)
    assert len(nodes_of(document, "aws_nat_gateway")) == count
    assert len(nodes_of(document, "aws_route")) == 1 + count


def test_zones_are_those_of_the_region() -> None:
    (subnet,) = nodes_of(documents.small(NETWORK, PRIVATE), "aws_subnet")
    assert subnet.arguments["availability_zone"] == "us-east-1a"


# Machines


@pytest.mark.parametrize(
    ("size", "arm"),
    [
        ("m7g.large", True),
        ("c6gn.medium", True),
        ("a1.large", True),
        ("t4g.nano", True),
        ("g5g.xlarge", True),
        ("t3.small", False),
        ("g5.xlarge", False),
        ("m7i.large", False),
    ],
)
def test_the_image_fits_the_processor(size: str, arm: bool) -> None:
    assert machine_types.is_arm(size) is arm
    box = component("box", "compute_instance", subnet={"ref": "private-a"}, size=size)
    (image,) = nodes_of(documents.small(NETWORK, PRIVATE, box), "aws_ami")
    patterns: Any = block_of(image, "filter").arguments["values"]
    assert ("arm64" in patterns[0]) is arm


BY_VARIABLE: Any = {"s": {"type": "string"}}
ARM_BY_DEFAULT: Any = {"s": {"type": "string", "default": "t4g.small"}}
ENVIRONMENTS: Any = {name: {"values": {"s": "t4g.micro"}} for name in ("a", "b")}


@pytest.mark.parametrize(
    ("size", "repeated", "around", "arm"),
    [
        ({"var": "s"}, {}, {"variables": ARM_BY_DEFAULT}, True),
        ({"join": [{"var": "s"}]}, {}, {"variables": ARM_BY_DEFAULT}, True),
        ({"var": "s"}, {}, {"variables": BY_VARIABLE, "environments": ENVIRONMENTS}, True),
        ({"var": "s"}, {}, {"variables": BY_VARIABLE}, False),
        ({"each": "value.size"}, {"for_each": {"a": {"size": "m7g.large"}}}, {}, True),
        ({"each": "value.size"}, {"for_each": {"a": {"size": "small"}}}, {}, False),
        ({"join": ["t4g.", {"each": "key"}]}, {"for_each": ["small", "large"]}, {}, True),
    ],
)
def test_what_is_known_of_a_size_decides_the_image(
    size: Any, repeated: Any, around: Any, arm: bool
) -> None:
    box = component("box", "compute_instance", subnet={"ref": "private-a"}, size=size) | repeated
    (image,) = nodes_of(documents.small(NETWORK, PRIVATE, box, **around), "aws_ami")
    patterns: Any = block_of(image, "filter").arguments["values"]
    assert ("arm64" in patterns[0]) is arm


@pytest.mark.parametrize(
    ("size", "repeated", "around"),
    [
        (
            {"each": "value.size"},
            {"for_each": {"a": {"size": "small"}, "b": {"size": "t4g.large"}}},
            {},
        ),
        (
            {"var": "s"},
            {},
            {
                "variables": ARM_BY_DEFAULT,
                "environments": {"a": {"values": {"s": "small"}}},
            },
        ),
    ],
)
def test_one_image_is_not_sought_for_two_processors(size: Any, repeated: Any, around: Any) -> None:
    box = component("box", "compute_instance", subnet={"ref": "private-a"}, size=size) | repeated
    with pytest.raises(InvalidDocument) as refused:
        documents.small(NETWORK, PRIVATE, box, **around)
    (problem,) = refused.value.problems
    assert problem.code == "aws-compute-instance-processor"
    assert problem.pointer.endswith("/properties/size")
    box["properties"]["image"] = "ami-0abcdef1234567890"
    documents.small(NETWORK, PRIVATE, box, **around)


def test_images_come_from_their_publisher_only() -> None:
    box = component("box", "compute_instance", subnet={"ref": "private-a"})
    (image,) = nodes_of(documents.small(NETWORK, PRIVATE, box), "aws_ami")
    assert image.arguments["owners"] == ("099720109477",)


# Addresses and names


def test_explicit_dependencies_become_depends_on() -> None:
    files, jobs = component("files", "object_storage"), component("jobs", "queue")
    relations = [{"from": "jobs", "to": "files", "type": "depends_on"}]
    (queue,) = nodes_of(documents.small(files, jobs, relations=relations), "aws_sqs_queue")
    assert [address.type for address in queue.depends_on] == ["aws_s3_bucket"]
    (queue,) = nodes_of(documents.small(files, jobs), "aws_sqs_queue")
    assert queue.depends_on == ()


def test_tags_hold_only_what_aws_takes() -> None:
    assert naming.tag_text("Größe: a/b=c") == "Größe: a/b=c"
    assert naming.tag_text('a"b\n${c}') == "a-b---c-"
    assert len(naming.tag_text("x" * 999)) == 256
