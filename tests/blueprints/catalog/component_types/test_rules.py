"""Rules over several properties of one component, each with a twin that keeps it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.blueprints.catalog.documents.builders import (
    Json,
    document,
    network_with_subnets,
    part,
    problems,
    ref,
    var,
)

PORT = {"port": 80, "protocol": "http"}
DATABASE: Json = {"engine": "postgres", "subnets": [ref("main-a"), ref("main-b")]}
OPEN = {"cidrs": ["192.168.0.0/16"]}


def around(component_type: str, **properties: Any) -> Json:
    """Make a document with one component of interest and all that it could name."""
    return document(
        *network_with_subnets(),
        part("wall", "firewall", network=ref("main")),
        part("box", "object_storage"),
        part("jobs", "queue"),
        part("pods", "role", trusted_service="container_pod"),
        part("other-pods", "role", trusted_service="container_pod"),
        part(
            "balancer",
            "load_balancer",
            internal=True,
            subnets=[ref("main-a"), ref("main-b")],
            listeners=[PORT],
        ),
        part("it", component_type, **properties),
        variables={"token": {"type": "string", "secret": True}, "n": {"type": "number"}},
    )


def findings(component_type: str, **properties: Any) -> list[tuple[str, str]]:
    found = problems(around(component_type, **properties))
    assert all(problem.code == "contradiction" for problem in found), found
    prefix = "/components/9/properties"
    return [(problem.pointer.removeprefix(prefix), problem.message) for problem in found]


def rule(**properties: Any) -> Json:
    return {"network": ref("main"), "ingress": [properties]}


def rules(*ingress: Json) -> Json:
    return {"network": ref("main"), "ingress": list(ingress)}


BOTH = [ref("main-a"), ref("main-b")]
GROUP = {"subnets": BOTH}
CACHE = {"engine": "redis", "subnets": BOTH}
BALANCER = {"subnets": BOTH, "internal": True}
FUNCTION = {"runtime": "go", "handler": "main", "source": {"bucket": ref("box"), "key": "k"}}
CLUSTER = {"subnets": BOTH, "node_groups": [{"name": "a"}]}
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/12345678"
HTTPS = {"port": 443, "protocol": "https", "certificate": CERTIFICATE}


def pod_role(service_account: str, role: str = "pods") -> Json:
    return {"namespace": "shop", "service_account": service_account, "role": ref(role)}


def zone(*records: Json) -> Json:
    return {"domain": "example.com", "records": list(records)}


CNAME = {"name": "www", "type": "CNAME", "values": ["x.example.net"]}
LONG = ".".join(["a" * 61] * 3)
TXT = {"name": "@", "type": "TXT", "values": ["x"]}

CASES = [
    # type, properties that break a rule, where, properties that keep it
    ("firewall", rule(**OPEN), "/ingress/0", rule(port=1, **OPEN)),
    ("firewall", rule(port=1), "/ingress/0", rule(port=1, source=ref("wall"))),
    ("firewall", rule(port=1, source=ref("wall"), **OPEN), "/ingress/0", rule(port=0, **OPEN)),
    ("firewall", rule(from_port=1, **OPEN), "/ingress/0", rule(from_port=1, to_port=1, **OPEN)),
    ("firewall", rule(from_port=2, to_port=1, **OPEN), "/ingress/0", rule(port=2, **OPEN)),
    (
        "firewall",
        rule(port=1, from_port=1, to_port=2, **OPEN),
        "/ingress/0",
        rule(from_port=1, to_port=2, **OPEN),
    ),
    (
        "firewall",
        rule(protocol="icmp", port=1, **OPEN),
        "/ingress/0",
        rule(protocol="icmp", **OPEN),
    ),
    (
        "firewall",
        rules({"port": 9, **OPEN}, {"from_port": 9, "to_port": 9, **OPEN}),
        "/ingress/1/cidrs/0",
        rules({"port": 9, **OPEN}, {"from_port": 9, "to_port": 10, **OPEN}),
    ),
    (
        "firewall",
        rules({"port": 9, **OPEN}, {"port": 9, "cidrs": ["10.9.0.0/16", *OPEN["cidrs"]]}),
        "/ingress/1/cidrs/1",
        rules({"port": 9, **OPEN}, {"port": 9, "protocol": "udp", **OPEN}),
    ),
    (
        "firewall",
        rule(port=9, cidrs=["2001:db8::/32", "2001:DB8:0::/32"]),
        "/ingress/0/cidrs/1",
        rule(port=9, cidrs=["2001:db8::/32", "2001:db9::/32"]),
    ),
    (
        "firewall",
        rules(
            {"port": 9, "source": ref("wall")},
            {"port": 9, "source": ref("wall"), "description": "x"},
        ),
        "/ingress/1/source",
        rules({"port": 9, "source": ref("wall")}, {"port": 8, "source": ref("wall")}),
    ),
    (
        "firewall",
        rules({"protocol": "all", **OPEN}, {"protocol": "all", "description": "x", **OPEN}),
        "/ingress/1/cidrs/0",
        rules({"protocol": "all", **OPEN}, {"protocol": "icmp", **OPEN}),
    ),
    (
        "function",
        FUNCTION | {"queues": [{"queue": ref("jobs")}, {"queue": ref("jobs"), "batch_size": 2}]},
        "/queues/1/queue",
        FUNCTION | {"queues": [{"queue": ref("jobs"), "batch_size": 2}]},
    ),
    ("autoscaling_group", GROUP | {"min": 4}, "/min", GROUP | {"min": 3}),
    ("autoscaling_group", GROUP | {"desired": 4}, "/desired", GROUP | {"desired": 3}),
    ("autoscaling_group", GROUP | {"min": 2, "desired": 1}, "/min", GROUP | {"min": var("n")}),
    (
        "autoscaling_group",
        GROUP | {"health_check": "load_balancer"},
        "/health_check",
        GROUP | {"health_check": "load_balancer", "load_balancer": ref("balancer")},
    ),
    ("cache", CACHE | {"nodes": 7}, "/nodes", CACHE | {"nodes": 6}),
    (
        "cache",
        CACHE | {"multi_zone": True, "nodes": 1},
        "/nodes",
        CACHE | {"multi_zone": True, "nodes": 2},
    ),
    # A default that breaks a rule is reported where it could have been written.
    ("cache", CACHE | {"multi_zone": True}, "", CACHE | {"multi_zone": True, "nodes": 2}),
    (
        "cache",
        CACHE | {"engine": "memcached", "auth_token": var("token")},
        "/auth_token",
        CACHE | {"auth_token": var("token")},
    ),
    (
        "cache",
        CACHE | {"engine": "memcached", "backup_days": 1},
        "/backup_days",
        CACHE | {"engine": "memcached", "nodes": 7},
    ),
    (
        "load_balancer",
        BALANCER | {"listeners": [{"port": 443, "protocol": "https"}]},
        "/listeners/0",
        BALANCER | {"listeners": [HTTPS]},
    ),
    (
        "load_balancer",
        BALANCER | {"listeners": [PORT | {"certificate": CERTIFICATE}]},
        "/listeners/0",
        BALANCER | {"listeners": [PORT, HTTPS]},
    ),
    (
        "load_balancer",
        BALANCER | {"listeners": [{"port": 1, "protocol": "tcp"}]},
        "/listeners/0",
        BALANCER | {"type": "network", "listeners": [{"port": 1, "protocol": "tcp"}]},
    ),
    (
        "load_balancer",
        BALANCER | {"listeners": [HTTPS | {"redirect_to_https": True}]},
        "/listeners/0",
        BALANCER | {"listeners": [PORT | {"redirect_to_https": True}]},
    ),
    (
        "load_balancer",
        BALANCER | {"listeners": [PORT, PORT | {"target_port": 8080}]},
        "/listeners/1/port",
        BALANCER | {"listeners": [PORT, PORT | {"port": 81}]},
    ),
    (
        "load_balancer",
        BALANCER
        | {"listeners": [PORT], "health_check": {"interval_seconds": 5, "timeout_seconds": 5}},
        "/health_check/timeout_seconds",
        BALANCER
        | {"listeners": [PORT], "health_check": {"interval_seconds": 6, "timeout_seconds": 5}},
    ),
    (
        "object_storage",
        {"lifecycle": [{"prefix": "a/"}]},
        "/lifecycle/0",
        {"lifecycle": [{"prefix": "a/", "old_versions_expire_after_days": 1}]},
    ),
    (
        "object_storage",
        {"lifecycle": [{"archive_after_days": 9, "expire_after_days": 9}]},
        "/lifecycle/0/archive_after_days",
        {"lifecycle": [{"archive_after_days": 8, "expire_after_days": 9}]},
    ),
    (
        "container_cluster",
        CLUSTER | {"node_groups": [{"name": "a"}, {"name": "a", "max": 4}]},
        "/node_groups/1/name",
        CLUSTER | {"node_groups": [{"name": "a"}, {"name": "b"}]},
    ),
    (
        "container_cluster",
        CLUSTER | {"node_groups": [{"name": "a", "min": 5}]},
        "/node_groups/0/min",
        CLUSTER | {"node_groups": [{"name": "a", "min": 5, "max": 5}]},
    ),
    (
        "container_cluster",
        CLUSTER | {"public_endpoint": True},
        "/public_endpoint",
        CLUSTER | {"public_endpoint": True, "public_cidrs": ["192.0.2.0/24"]},
    ),
    (
        "container_cluster",
        CLUSTER | {"public_cidrs": ["192.0.2.0/24"]},
        "/public_cidrs",
        CLUSTER,
    ),
    (
        "container_cluster",
        CLUSTER | {"pod_roles": [pod_role("orders"), pod_role("orders", "other-pods")]},
        "/pod_roles/1/service_account",
        CLUSTER | {"pod_roles": [pod_role("orders"), pod_role("stock")]},
    ),
    ("function", FUNCTION | {"firewalls": [ref("wall")]}, "/firewalls", FUNCTION),
    (
        "function",
        FUNCTION | {"subnets": BOTH},
        "/subnets",
        FUNCTION | {"subnets": BOTH, "firewalls": [ref("wall")]},
    ),
    ("dns_zone", zone({"name": "@", "type": "A"}), "/records/0", zone(TXT)),
    (
        "dns_zone",
        zone(TXT | {"alias": ref("balancer")}),
        "/records/0",
        zone({"name": "@", "type": "A", "alias": ref("balancer")}),
    ),
    (
        "dns_zone",
        zone({"name": "w", "type": "CNAME", "alias": ref("balancer")}),
        "/records/0",
        zone({"name": "w", "type": "AAAA", "alias": ref("balancer")}),
    ),
    (
        "dns_zone",
        zone(TXT | {"type": "CNAME"}),
        "/records/0",
        zone(TXT | {"type": "CNAME", "name": "w"}),
    ),
    (
        "dns_zone",
        zone(CNAME, CNAME | {"type": "A", "values": ["192.0.2.1"]}),
        "/records/1",
        zone(CNAME, {"name": "mail", "type": "A", "values": ["192.0.2.1"]}),
    ),
    (
        "dns_zone",
        zone(TXT | {"name": "www"}, CNAME),
        "/records/1",
        zone(TXT | {"name": "www"}, CNAME | {"name": "web"}),
    ),
    (
        "dns_zone",
        zone(CNAME | {"values": ["a.example.net", "b.example.net"]}),
        "/records/0/values",
        zone(CNAME | {"values": ["a.example.net"]}),
    ),
    (
        "dns_zone",
        zone(TXT | {"name": LONG}) | {"domain": f"{'b' * 63}.example.com"},
        "/records/0/name",
        zone(TXT | {"name": LONG}),
    ),
    (
        "cache",
        CACHE | {"engine": "memcached", "multi_zone": True, "nodes": 1},
        "/nodes",
        CACHE | {"engine": "memcached", "multi_zone": True, "nodes": 2},
    ),
    (
        "dns_zone",
        zone(TXT, TXT | {"values": ["y"]}),
        "/records/1",
        zone(TXT, TXT | {"name": "w"}),
    ),
    ("database", DATABASE, "", DATABASE | {"managed_password": True}),
    (
        "database",
        DATABASE | {"password": var("token"), "managed_password": True},
        "",
        DATABASE | {"password": var("token")},
    ),
    ("secret", {}, "", {"generate": {}}),
    ("secret", {"generate": {}, "value": var("token")}, "", {"value": var("token")}),
]


@pytest.mark.parametrize(("component_type", "broken", "place", "kept"), CASES)
def test_a_broken_rule_is_found_where_it_is(
    component_type: str, broken: Json, place: str, kept: Json
) -> None:
    assert findings(component_type, **kept) == []
    found = findings(component_type, **broken)
    assert found
    assert {where for where, _ in found} == {place}
    assert all(message.endswith(".") for _, message in found)


@pytest.mark.parametrize(
    ("domain", "valid"),
    [
        ("example.com", True),
        ("a.b", True),
        ("xn--bcher-kva.example", True),
        ("example", False),
        ("-a.example", False),
        ("a-.example", False),
        ("a..example", False),
        ("example.com.", False),
        (f"{'a' * 63}.example", True),
        (f"{'a' * 64}.example", False),
        (".".join(["a" * 61] * 4) + ".example", False),
    ],
)
def test_a_domain_has_labels_that_dns_can_hold(domain: str, valid: bool) -> None:
    assert (problems(document(part("z", "dns_zone", domain=domain))) == ()) is valid


@pytest.mark.parametrize(
    ("block", "valid"),
    [
        ("0.0.0.0/0", True),
        ("10.0.0.0/8", True),
        ("10.0.0.1/32", True),
        ("2001:db8::/32", True),
        ("::/0", True),
        ("10.0.0.1/8", False),
        ("2001:db8::1/32", False),
        ("10.0.0.0/08", False),
        ("010.0.0.0/8", False),
        ("10.0.0/8", False),
        ("10.0.0.0/33", False),
        ("::/129", False),
        ("fe80::1%eth0/64", False),
        ("1.2.3.4:80/8", False),
        ("10.0.0.0", False),
    ],
)
def test_an_address_block_is_one_to_every_tool(block: str, valid: bool) -> None:
    found = problems(around("firewall", **rule(port=1, cidrs=[block])))
    assert (found == ()) is valid


def test_the_block_that_was_meant_is_named() -> None:
    (found,) = problems(around("firewall", **rule(port=1, cidrs=["10.0.0.1/8"])))
    assert "10.0.0.1/8 starts within a block; the block itself is 10.0.0.0/8" in found.message


VALUES = [
    # type, values that it has, values that it cannot have
    ("A", ["192.0.2.1"], ["192.0.2.256", "2001:db8::1", "www.example.net", "192.0.2"]),
    ("AAAA", ["2001:db8::1"], ["192.0.2.1", "2001:db8:::1", "fe80::1%eth0"]),
    ("CNAME", ["x.example.net", "_a.acm-validations.aws."], ["192.0.2.1", "https://x.net", "x y"]),
    ("NS", ["ns1.example.net."], ["192.0.2.1", "ns 1"]),
    ("MX", ["10 mail.example.net", "0 ."], ["mail.example.net", "10", "65536 m.net", "1 2 m.net"]),
    ("SRV", ["0 5 5060 sip.example.net"], ["5 5060 sip.example.net", "0 5 65536 sip.example.net"]),
    (
        "CAA",
        ['0 issue "ca.example.net"', '128 issue ";"'],
        ["0 issue ca.example.net", '256 issue "x"', 'issue "x"'],
    ),
    (
        "TXT",
        ["v=spf1 -all", "x" * 4000, '"one" "two"', f'"{"x" * 255}"', 'say "hi"', '"a \\"b\\" c"'],
        [f'"{"x" * 256}"', '"one "two"', '"one" x "two"'],
    ),
]


@pytest.mark.parametrize(("kind", "values", "others"), VALUES)
def test_a_record_has_values_of_its_type(kind: str, values: list[str], others: list[str]) -> None:
    for value in values:
        assert findings("dns_zone", **zone({"name": "w", "type": kind, "values": [value]})) == []
    for value in others:
        found = findings("dns_zone", **zone({"name": "w", "type": kind, "values": [value]}))
        assert [place for place, _ in found] == ["/records/0/values/0"], value


def test_values_that_are_known_later_are_not_judged() -> None:
    record = {"name": "w", "type": "A", "values": [ref("balancer.dns_name"), "192.0.2.1"]}
    assert findings("dns_zone", **zone(record)) == []
