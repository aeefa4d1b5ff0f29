"""What each relation promises is possible in what is generated, and nothing else comes with it."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import pytest

from blueprints.catalog import component_types, examples
from blueprints.catalog.component_types.base import RELATION_TYPES
from blueprints.catalog.documents import validate
from blueprints.catalog.documents.relations import meaning
from tests.blueprints.generation import documents
from tests.blueprints.generation.reach import Fact, facts

Json = dict[str, Any]


def part(component_id: str, component_type: str, **properties: Any) -> Json:
    return {"id": component_id, "type": component_type, "properties": properties}


def ref(component_id: str) -> Json:
    return {"ref": component_id}


def guarded(component_id: str, component_type: str, **properties: Any) -> list[Json]:
    """A component with a firewall of its own."""
    wall = part(f"{component_id}-wall", "firewall", network=ref("main"))
    return [wall, part(component_id, component_type, firewalls=[ref(wall["id"])], **properties)]


PRIVATE = [ref("private-a"), ref("private-b")]
PACKAGE = {"bucket": ref("packages"), "key": "app.zip"}
CODE: Json = {"runtime": "python3.13", "handler": "app.handler", "source": PACKAGE}

#: Two of each type that relations know, one to begin and one to end at, each guarded alone.
WORLD: list[Json] = [
    part("main", "network", cidr="10.0.0.0/16", nat="single"),
    part("public-a", "subnet", network=ref("main"), cidr="10.0.0.0/24", public=True),
    part("private-a", "subnet", network=ref("main"), cidr="10.0.1.0/24"),
    part("private-b", "subnet", network=ref("main"), cidr="10.0.2.0/24", zone="b"),
    part("packages", "object_storage"),
    *(
        component
        for end in ("source", "target")
        for component in [
            part(f"{end}-machine-role", "role", trusted_service="compute_instance"),
            part(f"{end}-function-role", "role", trusted_service="function"),
            *guarded(
                f"{end}-compute-instance",
                "compute_instance",
                subnet=ref("private-a"),
                role=ref(f"{end}-machine-role"),
            ),
            *guarded(
                f"{end}-autoscaling-group",
                "autoscaling_group",
                subnets=PRIVATE,
                role=ref(f"{end}-machine-role"),
            ),
            *guarded(
                f"{end}-container-cluster",
                "container_cluster",
                subnets=PRIVATE,
                node_groups=[{"name": "general"}],
            ),
            *guarded(
                f"{end}-function",
                "function",
                **CODE,
                subnets=PRIVATE,
                role=ref(f"{end}-function-role"),
            ),
            *guarded(
                f"{end}-load-balancer",
                "load_balancer",
                subnets=PRIVATE,
                internal=True,
                listeners=[
                    {"port": 80, "protocol": "http", "target_port": 8080},
                    {"port": 81, "protocol": "http"},
                ],
            ),
            *guarded(
                f"{end}-database",
                "database",
                engine="mysql",
                subnets=PRIVATE,
                password=ref(f"{end}-secret"),
            ),
            *guarded(f"{end}-cache", "cache", engine="memcached", subnets=PRIVATE),
            part(f"{end}-secret", "secret", generate={}),
            part(f"{end}-object-storage", "object_storage", encryption="own_key"),
            part(f"{end}-queue", "queue"),
            part(f"{end}-dns-zone", "dns_zone", domain="example.com"),
        ]
    ),
]

COMBINATIONS = [
    (kind.name, relation, target)
    for kind in component_types.all_types()
    for relation, targets in kind.relations.items()
    for target in targets
]


def world(*relations: Json, change: Json | None = None) -> Json:
    """The document with these relations, and with properties of components changed."""
    components = copy.deepcopy(WORLD)
    for component in components:
        component["properties"].update((change or {}).get(component["id"], {}))
    return {
        "cloud": "aws",
        "region": "us-east-1",
        "components": components,
        "relations": list(relations),
    }


def possible(document: Json) -> frozenset[Fact]:
    return facts(documents.stack_of(validate(document)))


LISTENS = {
    "cache": {("tcp", 11211, 11211)},
    "database": {("tcp", 3306, 3306)},
    "container_cluster": {("tcp", 443, 443)},
    "load_balancer": {("tcp", 80, 80), ("tcp", 81, 81)},
    "compute_instance": {("tcp", 9000, 9000)},
}
FORWARDED = {("tcp", 8080, 8080), ("tcp", 81, 81)}
TAKE = ("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility")
LOOK = ("GetQueueAttributes", "GetQueueUrl")
RIGHTS: dict[tuple[str, str], set[tuple[str, str]]] = {
    ("reads_from", "object_storage"): {
        ("s3:GetObject", "aws_s3_bucket.{}.arn/*"),
        ("s3:GetObjectVersion", "aws_s3_bucket.{}.arn/*"),
        ("s3:ListBucket", "aws_s3_bucket.{}.arn"),
        ("kms:Decrypt", "aws_kms_key.{}.arn"),
    },
    ("writes_to", "object_storage"): {
        ("s3:PutObject", "aws_s3_bucket.{}.arn/*"),
        ("s3:DeleteObject", "aws_s3_bucket.{}.arn/*"),
        ("s3:AbortMultipartUpload", "aws_s3_bucket.{}.arn/*"),
        ("s3:ListBucket", "aws_s3_bucket.{}.arn"),
        ("kms:Decrypt", "aws_kms_key.{}.arn"),
        ("kms:GenerateDataKey", "aws_kms_key.{}.arn"),
    },
    ("reads_from", "queue"): {(f"sqs:{a}", "aws_sqs_queue.{}.arn") for a in (*TAKE, *LOOK)},
    ("writes_to", "queue"): {(f"sqs:{a}", "aws_sqs_queue.{}.arn") for a in ("SendMessage", *LOOK)},
    ("reads_from", "secret"): {
        ("secretsmanager:GetSecretValue", "aws_secretsmanager_secret.{}.arn"),
        ("secretsmanager:DescribeSecret", "aws_secretsmanager_secret.{}.arn"),
    },
    ("triggers", "function"): {("lambda:InvokeFunction", "aws_lambda_function.{}.arn")},
}
#: Who else acts in the role of a component of this world, and so has its rights.
FELLOWS = {
    "source-compute-instance": ("source-compute-instance", "source-autoscaling-group"),
    "source-autoscaling-group": ("source-compute-instance", "source-autoscaling-group"),
}


def promise(source_type: str, relation: str, target_type: str) -> set[Fact]:
    """What a relation between the two components of these types makes possible."""
    source = f"source-{source_type.replace('_', '-')}"
    target = f"target-{target_type.replace('_', '-')}"
    if source_type == "dns_zone":
        return {("name", source, f"aws_route53_zone.{source}.name", target)}
    if source_type == "load_balancer":
        return _forwarding(source, relation, target, target_type)
    if source_type == "queue":
        taken = {("allow", target, a, r.format(source)) for a, r in RIGHTS["reads_from", "queue"]}
        return {("event", source, target), *taken}
    if source_type == "object_storage":
        caller = ("s3.amazonaws.com", f"aws_s3_bucket.{source}.arn")
        return {("event", source, target), ("invoke", target, *caller)}
    if (relation, target_type) in RIGHTS:
        return {
            ("allow", who, action, resource.format(target))
            for who in FELLOWS.get(source, (source,))
            for action, resource in RIGHTS[relation, target_type]
        }
    return {("connect", source, target, *ports) for ports in LISTENS[target_type]}


def _forwarding(source: str, relation: str, target: str, target_type: str) -> set[Fact]:
    if target_type == "function":
        group = f"aws_lb_target_group.{source}.function.arn"
        caller = ("elasticloadbalancing.amazonaws.com", group)
        routes = {("route", source, port, target, None) for port in (80, 81)}
        return {("invoke", target, *caller), *routes}
    opened = {("connect", source, target, *ports) for ports in FORWARDED}
    if relation == "connects_to":
        return opened
    return {("route", source, 80, target, 8080), ("route", source, 81, target, 81), *opened}


def related(source_type: str, relation: str, target_type: str) -> Json:
    found = {
        "from": f"source-{source_type.replace('_', '-')}",
        "to": f"target-{target_type.replace('_', '-')}",
        "type": relation,
    }
    by_machine = source_type != "load_balancer" and relation == "connects_to"
    return found | ({"ports": [9000]} if by_machine and target_type == "compute_instance" else {})


@cache
def bare() -> frozenset[Fact]:
    """What is possible without any relation."""
    return possible(world())


@pytest.mark.parametrize("ends", COMBINATIONS, ids=" ".join)
def test_a_relation_makes_what_it_promises_possible_and_nothing_else(
    ends: tuple[str, str, str],
) -> None:
    document = world(related(*ends))
    assert [p for p in validate(document).warnings if p.code.startswith("missing")] == []
    found = possible(document)
    assert found - bare() == promise(*ends)
    assert found >= bare()


def test_every_relation_that_a_type_may_have_means_something() -> None:
    assert {(r, s, t) for s, r, t in COMBINATIONS if meaning(r, s, t) is None} == set()
    assert meaning("connects_to", "compute_instance", "object_storage") is None
    assert {relation for _, relation, _ in COMBINATIONS} == set(RELATION_TYPES) - {"depends_on"}


def rule(port: int, **peer: Any) -> Json:
    return {"protocol": "tcp", "port": port, **peer}


#: Properties by component that say the same as a relation, in several ways.
SAID: list[tuple[tuple[str, str, str], Json]] = [
    (
        ("compute_instance", "connects_to", "database"),
        {
            "source-compute-instance-wall": {
                "egress": [rule(3306, destination=ref("target-database-wall"))]
            },
            "target-database-wall": {
                "ingress": [rule(3306, source=ref("source-compute-instance-wall"))]
            },
        },
    ),
    (
        ("function", "connects_to", "cache"),
        {
            "source-function-wall": {
                "egress": [{"protocol": "tcp", "from_port": 1, "to_port": 65535}]
            },
            "target-cache-wall": {"ingress": [{"protocol": "all", "cidrs": ["10.0.0.0/8"]}]},
        },
    ),
    (
        ("container_cluster", "reads_from", "database"),
        {
            "target-database-wall": {
                "ingress": [rule(3306, cidrs=[ref("private-a.cidr"), ref("private-b.cidr")])]
            }
        },
    ),
    (
        ("compute_instance", "reads_from", "object_storage"),
        {"source-machine-role": {"reads": [ref("target-object-storage")]}},
    ),
    (
        ("function", "triggers", "function"),
        {"source-function-role": {"invokes": [ref("target-function")]}},
    ),
    (
        ("queue", "triggers", "function"),
        {"target-function": {"queues": [{"queue": ref("source-queue"), "batch_size": 3}]}},
    ),
    (
        ("dns_zone", "routes_to", "load_balancer"),
        {
            "source-dns-zone": {
                "records": [{"name": "www", "type": "A", "alias": ref("target-load-balancer")}]
            }
        },
    ),
]
SAID[1][1]["source-function-wall"]["egress"][0]["cidrs"] = ["0.0.0.0/0"]


@pytest.mark.parametrize(("ends", "change"), SAID, ids=lambda given: " ".join(given)[:60])
def test_what_properties_say_already_is_not_said_twice(
    ends: tuple[str, str, str], change: Json
) -> None:
    alone, both = world(change=change), world(related(*ends), change=change)
    nodes = documents.stack_of(validate(both)).nodes
    assert nodes == documents.stack_of(validate(alone)).nodes
    assert nodes != documents.stack_of(validate(world())).nodes


@pytest.mark.parametrize("target", ["compute_instance", "autoscaling_group"])
def test_targets_that_properties_name_are_opened_by_the_relation(target: str) -> None:
    machines = {"source-load-balancer": {"targets": [ref("target-compute-instance")]}}
    groups = {"target-autoscaling-group": {"load_balancer": ref("source-load-balancer")}}
    change = machines if target == "compute_instance" else groups
    ends = ("load_balancer", "routes_to", target)
    assert possible(world(related(*ends), change=change)) - bare() == promise(*ends)
    assert possible(world(change=change)) - bare() < promise(*ends)


#: What the relations of the worked blueprints promise, written down by hand.
PROMISED: dict[str, set[Fact]] = {
    "three-tier-web": {
        ("route", "lb", 80, "web", 8080),
        ("connect", "lb", "web", "tcp", 8080, 8080),
        ("connect", "web", "db", "tcp", 5432, 5432),
    },
    "serverless-api": {
        ("allow", "api", "sqs:SendMessage", "aws_sqs_queue.orders.arn"),
        ("event", "orders", "worker"),
        ("allow", "worker", "s3:PutObject", "aws_s3_bucket.receipts.arn/*"),
        ("allow", "worker", "kms:GenerateDataKey", "aws_kms_key.receipts.arn"),
        (
            "allow",
            "worker",
            "secretsmanager:GetSecretValue",
            "aws_secretsmanager_secret.payment-key.arn",
        ),
    },
    "container-platform": {
        ("connect", "cluster", "db", "tcp", 3306, 3306),
        ("connect", "cluster", "sessions", "tcp", 6379, 6379),
        ("allow", "cluster", "s3:PutObject", "aws_s3_bucket.artifacts.arn/*"),
    },
    "data-pipeline": {
        ("event", "batches", "curator"),
        ("connect", "loader", "warehouse", "tcp", 5432, 5432),
        ("allow", "loader", "s3:GetObject", "aws_s3_bucket.curated.arn/*"),
        ("allow", "loader", "kms:Decrypt", "aws_kms_key.curated.arn"),
    },
}
#: What may be done to anything at all: what AWS cannot narrow, and what a document asks for.
UNLIMITED = {"cloudwatch:PutMetricData"}


@pytest.mark.parametrize("name", examples.names())
def test_what_the_worked_blueprints_promise_is_possible(name: str) -> None:
    found = facts(documents.stack_of(documents.load(name)))
    assert found >= PROMISED[name]
    connections = {fact for fact in found if fact[0] == "connect"}
    assert connections == {fact for fact in PROMISED[name] if fact[0] == "connect"}
    rights = {(action, resource) for kind, *_, action, resource in found if kind == "allow"}
    assert {action for action, resource in rights if "*" in action or resource == "*"} <= UNLIMITED


def test_the_worked_blueprints_say_what_they_mean() -> None:
    assert {
        name: [problem.code for problem in documents.load(name).warnings]
        for name in examples.names()
        if documents.load(name).warnings
    } == {"container-platform": ["shared-access"]}  # pods share the role of their nodes
