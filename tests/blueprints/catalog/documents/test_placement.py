from __future__ import annotations

from typing import Any

import pytest

from .builders import (
    Json,
    document,
    network_with_subnets,
    only_problem,
    part,
    places,
    problems,
    ref,
    var,
)


def subnets(*blocks: str, network: str = "10.0.0.0/16", cloud: str = "aws") -> Json:
    regions = {"aws": "eu-west-1", "azure": "westeurope", "google": "europe-west1"}
    return document(
        part("main", "network", cidr=network),
        *(
            part(f"s{index}", "subnet", network=ref("main"), cidr=block)
            for index, block in enumerate(blocks)
        ),
        cloud=cloud,
        region=regions[cloud],
    )


def test_subnets_side_by_side_are_accepted() -> None:
    assert problems(subnets("10.0.0.0/17", "10.0.128.0/18", "10.0.192.0/18")) == ()


def test_a_subnet_outside_its_network_is_found() -> None:
    problem = only_problem(subnets("10.0.0.0/24", "10.1.0.0/24"))
    assert (problem.pointer, problem.code) == ("/components/2/properties/cidr", "outside-network")
    assert '10.1.0.0/24 lies outside 10.0.0.0/16, the block of "main"' in problem.message


@pytest.mark.parametrize(
    ("blocks", "found"),
    [
        (["10.0.0.0/24", "10.0.0.0/24"], 1),
        (["10.0.0.0/24", "10.0.0.128/25"], 1),
        (["10.0.0.128/25", "10.0.0.0/24"], 1),
        (["10.0.0.0/20", "10.0.1.0/24", "10.0.2.0/24"], 2),
        (["10.0.0.0/24", "10.0.1.0/24"], 0),
    ],
)
def test_every_subnet_that_overlaps_another_is_found(blocks: list[str], found: int) -> None:
    assert [code for _, code in places(subnets(*blocks))] == ["overlapping-subnets"] * found


def test_equal_blocks_in_different_networks_are_accepted() -> None:
    candidate = document(*network_with_subnets("a", 7), *network_with_subnets("b", 7))
    assert problems(candidate) == ()


@pytest.mark.parametrize(
    "block", ["127.0.0.0/16", "169.254.0.0/16", "224.0.0.0/16", "240.0.0.0/16", "0.0.0.0/16"]
)
def test_blocks_that_no_machine_can_have_are_refused(block: str) -> None:
    assert only_problem(subnets(network=block)).code == "unusable-block"


@pytest.mark.parametrize(
    ("cloud", "block", "valid"),
    [
        ("aws", "10.0.0.0/15", False),
        ("aws", "10.0.0.0/16", True),
        ("aws", "10.0.0.0/28", True),
        ("aws", "10.0.0.0/29", False),
        ("azure", "10.0.0.0/8", True),
        ("google", "10.0.0.0/29", True),
        ("azure", "10.0.0.0/30", False),
    ],
)
def test_blocks_are_as_large_as_the_cloud_takes_them(
    cloud: str,
    block: str,
    valid: bool,
) -> None:
    assert (problems(subnets(network=block, cloud=cloud)) == ()) is valid


def test_blocks_from_variables_are_not_compared() -> None:
    candidate = subnets("10.9.0.0/24")
    candidate["variables"] = {"block": {"type": "string"}}
    candidate["components"][0]["properties"]["cidr"] = var("block")
    assert problems(candidate) == ()


def test_a_default_that_is_no_block_is_found_where_it_is_used() -> None:
    candidate = subnets()
    candidate["variables"] = {"block": {"type": "string", "default": "10.0.0.1/16"}}
    candidate["components"][0]["properties"]["cidr"] = var("block")
    problem = only_problem(candidate)
    assert problem.code == "default-does-not-fit"
    assert problem.pointer == "/components/0/properties/cidr/var"


def machine(subnet: str, firewall: str) -> Json:
    return document(
        *network_with_subnets("one", 1),
        *network_with_subnets("two", 2),
        part("wall", "firewall", network=ref("two")),
        part("m", "compute_instance", subnet=ref(subnet), firewalls=[ref(firewall)]),
    )


def test_a_component_lies_in_one_network() -> None:
    assert problems(machine("two-a", "wall")) == ()
    problem = only_problem(machine("one-a", "wall"))
    assert problem.code == "mixed-networks"
    assert problem.pointer == "/components/7/properties/firewalls/0/ref"


def balanced(kind: str, *names: str) -> Json:
    protocol = {"application": "http", "network": "tcp"}[kind]
    return document(
        *network_with_subnets(),
        part("main-c", "subnet", network=ref("main"), cidr="10.0.3.0/24", zone="a"),
        part(
            "lb",
            "load_balancer",
            type=kind,
            internal=True,
            subnets=[ref(name) for name in names],
            listeners=[{"port": 80, "protocol": protocol}],
        ),
    )


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        (("application", "main-a", "main-b"), []),
        (("application", "main-a", "main-c"), ["too-few-zones", "aws-load-balancer-zones"]),
        (("application", "main-a"), ["too-few-zones"]),
        (("network", "main-a"), []),
    ],
)
def test_what_must_survive_a_zone_stands_in_two(
    arguments: tuple[str, ...], codes: list[str]
) -> None:
    assert [code for _, code in places(balanced(*arguments))] == codes


@pytest.mark.parametrize(
    ("cloud", "region", "hint"),
    [
        ("aws", "us-east1", '"us-east-1"'),
        ("aws", "europe-west1", "It is a region of google."),
        ("azure", "west-europe", '"westeurope"'),
        ("google", "us-central-1", '"us-central1"'),
        ("aws", "", "Known are"),
    ],
)
def test_a_wrong_region_is_answered_with_near_ones(cloud: str, region: str, hint: str) -> None:
    candidate: dict[str, Any] = document(part("q", "queue"), cloud=cloud, region=region)
    problem = only_problem(candidate)
    assert (problem.pointer, problem.code) == ("/region", "unknown-region")
    assert hint in problem.message


@pytest.mark.parametrize(
    ("nat", "public_zones", "codes"),
    [
        ("none", "", []),
        ("single", "", ["nat-without-public-subnet"]),
        ("single", "b", []),
        ("per_zone", "b", ["nat-without-public-subnet"]),
        ("per_zone", "ab", []),
    ],
)
def test_a_gateway_has_a_public_subnet_to_stand_in(
    nat: str, public_zones: str, codes: list[str]
) -> None:
    network, *private = network_with_subnets()
    network["properties"]["nat"] = nat
    public = [
        part(
            f"public-{zone}",
            "subnet",
            network=ref("main"),
            cidr=f"10.0.{50 + index}.0/24",
            zone=zone,
            public=True,
        )
        for index, zone in enumerate(public_zones)
    ]
    found = places(document(network, *private, *public))
    assert [code for _, code in found] == codes
    assert {place for place, _ in found} <= {"/components/0/properties/nat"}
