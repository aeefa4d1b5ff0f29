"""Documents of as many components as wanted."""

from __future__ import annotations

from typing import Any

_PER_NETWORK = 10


def many_networks(count: int) -> dict[str, Any]:
    """A document of so many components: networks, each with what stands in one."""
    components: list[dict[str, Any]] = []
    for number in range(-(-count // _PER_NETWORK)):
        components += _network(f"n{number}")
    relations = [
        {"from": f"n{number}-box", "to": f"n{number}-jobs", "type": "depends_on"}
        for number in range(count // _PER_NETWORK)
    ]
    return {
        "cloud": "aws",
        "region": "us-east-1",
        "components": components[:count],
        "relations": relations,
    }


def _network(name: str) -> list[dict[str, Any]]:
    def part(suffix: str, kind: str, **properties: Any) -> dict[str, Any]:
        return {"id": f"{name}-{suffix}", "type": kind, "properties": properties}

    def ref(suffix: str) -> dict[str, str]:
        return {"ref": f"{name}-{suffix}"}

    net = {"network": ref("net")}
    return [
        part("net", "network", cidr="10.0.0.0/16", nat="single"),
        part("out", "subnet", **net, cidr="10.0.0.0/24", zone="a", public=True),
        part("a", "subnet", **net, cidr="10.0.1.0/24", zone="a"),
        part("b", "subnet", **net, cidr="10.0.2.0/24", zone="b"),
        part("wall", "firewall", **net, ingress=[{"port": 443, "cidrs": ["10.0.0.0/16"]}]),
        part("files", "object_storage"),
        part("jobs", "queue"),
        part("role", "role", trusted_service="compute_instance", reads=[ref("files")]),
        part("box", "compute_instance", subnet=ref("a"), firewalls=[ref("wall")], role=ref("role")),
        part("crowd", "autoscaling_group", subnets=[ref("a"), ref("b")], firewalls=[ref("wall")]),
    ]


def one_network(count: int) -> dict[str, Any]:
    """A document of one network with many subnets, machines, rules and relations."""

    def part(name: str, kind: str, **properties: Any) -> dict[str, Any]:
        return {"id": name, "type": kind, "properties": properties}

    third = count // 3
    subnets = [
        part(
            f"s{n}",
            "subnet",
            network={"ref": "net"},
            cidr=f"10.0.{n // 16}.{n % 16 * 16}/28",
            zone="ab"[n % 2],
            public=n == 0,
        )
        for n in range(third)
    ]
    machines = [
        part(f"m{n}", "compute_instance", subnet={"ref": f"s{n}"}, public_ip=n == 0)
        for n in range(third)
    ]
    queues = [part(f"q{n}", "queue") for n in range(third)]
    relations = [{"from": f"m{n}", "to": f"q{n}", "type": "depends_on"} for n in range(third)]
    network = part("net", "network", cidr="10.0.0.0/16", nat="single")
    return {
        "cloud": "aws",
        "region": "us-east-1",
        "components": [network, *subnets, *machines, *queues],
        "relations": relations,
    }
