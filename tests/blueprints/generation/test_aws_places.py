"""What differs between regions and partitions of AWS, and values that only a variable decides."""

from __future__ import annotations

from typing import Any

import pytest

from blueprints.generation.clouds.aws.families.secret import PUNCTUATION
from blueprints.generation.ir import Json, Node
from blueprints.generation.targets.terraform.hcl import expression
from tests.blueprints.generation import documents

Part = dict[str, Any]


def part(name: str, kind: str, **properties: Any) -> Part:
    return {"id": name, "type": kind, "properties": properties}


NETWORK = part("main", "network", cidr="10.0.0.0/16")
SUBNET = part("a", "subnet", network={"ref": "main"}, cidr="10.0.1.0/24")


def nodes(kind: str, *parts: Part, region: str) -> list[Node]:
    document = documents.small(*parts, region=region)
    return [node for node in documents.stack_of(document).nodes if node.address.type == kind]


def trusted(service: str, region: str) -> Any:
    (role,) = nodes("aws_iam_role", part("r", "role", trusted_service=service), region=region)
    policy = role.arguments["assume_role_policy"]
    assert isinstance(policy, Json)
    value: Any = policy.value
    return value["Statement"][0]["Principal"]["Service"]


@pytest.mark.parametrize(
    ("service", "region", "principal"),
    [
        ("compute_instance", "us-east-1", "ec2.amazonaws.com"),
        ("compute_instance", "us-gov-west-1", "ec2.amazonaws.com"),
        ("compute_instance", "cn-north-1", "ec2.amazonaws.com.cn"),
        ("container_node", "cn-northwest-1", "ec2.amazonaws.com.cn"),
        ("container_cluster", "cn-north-1", "eks.amazonaws.com"),
        ("function", "cn-north-1", "lambda.amazonaws.com"),
    ],
)
def test_roles_trust_services_by_their_partitions_names(
    service: str, region: str, principal: str
) -> None:
    assert trusted(service, region) == (principal,)


@pytest.mark.parametrize(
    ("image", "region", "owner"),
    [
        ("ubuntu-24.04", "eu-west-1", "099720109477"),
        ("ubuntu-22.04", "us-gov-east-1", "513442679011"),
        ("ubuntu-24.04", "cn-north-1", "837727238323"),
        ("debian-12", "eu-west-1", "136693071363"),
        ("amazon-linux-2023", "cn-north-1", "amazon"),
    ],
)
def test_images_are_searched_by_their_publisher_in_the_partition(
    image: str, region: str, owner: str
) -> None:
    machine = part("box", "compute_instance", subnet={"ref": "a"}, image=image)
    (search,) = nodes("aws_ami", NETWORK, SUBNET, machine, region=region)
    assert search.arguments["owners"] == (owner,)


@pytest.mark.parametrize(
    ("size", "region", "node_type"),
    [
        ("large", "eu-west-1", "cache.m7g.large"),
        ("large", "eu-south-1", "cache.m6g.large"),
        ("small", "me-south-1", "cache.t3.small"),
        ("cache.r7g.large", "eu-west-1", "cache.r7g.large"),
    ],
)
def test_neutral_sizes_are_machines_that_the_region_has(
    size: str, region: str, node_type: str
) -> None:
    cache = part("c", "cache", engine="redis", subnets=[{"ref": "a"}], size=size)
    (group,) = nodes("aws_elasticache_replication_group", NETWORK, SUBNET, cache, region=region)
    assert group.arguments["node_type"] == node_type


def test_made_up_secrets_hold_what_every_service_takes() -> None:
    refused_by_databases = set("/\"@' ")
    taken_by_caches = set("!&#$^<>-")
    assert set(PUNCTUATION) <= taken_by_caches - refused_by_databases


@pytest.mark.parametrize(
    ("minutes", "rate"),
    [
        (1, '"rate(1 minute)"'),
        (5, '"rate(5 minutes)"'),
        (
            {"var": "n"},
            'lookup({ "1" = "rate(1 minute)" }, var.n, "rate(${var.n} minutes)")',
        ),
    ],
)
def test_a_schedule_is_in_the_singular_for_one_minute(
    minutes: int | dict[str, str], rate: str
) -> None:
    source = {"bucket": {"ref": "box"}, "key": "a.zip"}
    properties = {"runtime": "go", "handler": "bootstrap", "source": source}
    worker = part("f", "function", **properties, every_minutes=minutes)
    document = documents.small(
        part("box", "object_storage"), worker, variables={"n": {"type": "number", "default": 1}}
    )
    stack = documents.stack_of(document)
    (clock,) = (n for n in stack.nodes if n.address.type == "aws_cloudwatch_event_rule")
    assert " ".join(expression(clock.arguments["schedule_expression"]).split()) == rate


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("v=spf1 -all", "v=spf1 -all"),
        ('"one" "two"', 'one" "two'),
        ('say "hi"', 'say \\"hi\\"'),
        ('say \\"hi\\"', 'say \\"hi\\"'),
        ("\u00e4", "\\303\\244"),
        ("x" * 300, "x" * 255 + '""' + "x" * 45),
    ],
)
def test_text_records_are_divided_and_escaped(text: str, written: str) -> None:
    record = {"name": "w", "type": "TXT", "values": [text]}
    zone = part("z", "dns_zone", domain="example.com", records=[record])
    (made,) = nodes("aws_route53_record", zone, region="eu-west-1")
    assert made.arguments["records"] == (written,)
