"""Who can reach what, read from generated resources alone.

This knows AWS, not the generator: it looks at security groups on both sides, subnets and networks,
roles with their trust and policies, resource policies, target groups, event sources and records,
and lists what is possible as facts. A rule, policy or permission that stands alone makes no fact.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from blueprints.generation.ir import Json, Reference, Template, VariableReference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.generation.ir import Block, Node, Stack, Value

Fact = tuple[Any, ...]
ANY = ("-1", 0, 65535)
OWN_GROUP = "vpc_config.0.cluster_security_group_id"
#: What has security groups and stands in subnets, and the service that acts in its role.
PLACED = {
    "aws_instance": "ec2",
    "aws_launch_template": "ec2",
    "aws_autoscaling_group": "",
    "aws_lb": "",
    "aws_db_instance": "",
    "aws_db_subnet_group": "",
    "aws_elasticache_cluster": "",
    "aws_elasticache_replication_group": "",
    "aws_elasticache_subnet_group": "",
    "aws_lambda_function": "lambda",
    "aws_eks_cluster": "",
    "aws_eks_node_group": "ec2",
}
GROUPS = ("vpc_security_group_ids", "security_group_ids", "security_groups")
SUBNETS = ("subnet_id", "subnet_ids", "subnets", "vpc_zone_identifier")


def facts(stack: Stack) -> frozenset[Fact]:
    """Everything that is possible in a stack."""
    world = World(stack)
    return frozenset(
        fact
        for find in (
            world.connections,
            world.rights,
            world.invocations,
            world.events,
            world.routes,
            world.names,
        )
        for fact in find()
    )


def text(value: Any) -> str:
    """A value as text in which a reference is the address that it names."""
    if isinstance(value, Reference):
        target = value.target
        parts = [target.type, target.component, target.part, *map(str, value.path)]
        return ".".join(part for part in parts if part)
    if isinstance(value, Template):
        return "".join(map(text, value.parts))
    return f"var.{value.name}" if isinstance(value, VariableReference) else str(value)


def arguments(node: Node | Block) -> Iterator[tuple[str, Value]]:
    """All arguments of a resource, those of its blocks included."""
    yield from node.arguments.items()
    for block in node.blocks:
        yield from arguments(block)


def find(node: Node, name: str) -> Any:
    return next((value for key, value in arguments(node) if key == name), None)


class Rule(NamedTuple):
    """A rule of a security group."""

    group: str
    direction: str
    ports: tuple[Any, Any, Any]
    peers: frozenset[str]
    blocks: tuple[str, ...]


@dataclass
class Place:
    """Where a component stands: the groups that rules know it by, and its subnets."""

    groups: set[str]
    outer_groups: set[str]
    subnets: set[str]


class World:
    """A stack's resources, by type, and what follows from them."""

    def __init__(self, stack: Stack) -> None:
        self.nodes: dict[str, list[Node]] = defaultdict(list)
        for node in stack.nodes:
            self.nodes[node.address.type].append(node)
        assert "aws_network_acl" not in self.nodes, "this does not know network ACLs"
        self.subnets = {
            f"aws_subnet.{node.address.component}.id": node for node in self.nodes["aws_subnet"]
        }
        self.places = dict(self._places())
        self.rules = [_rule(node) for node in self.nodes["aws_security_group_rule"]]

    def _places(self) -> Iterator[tuple[str, Place]]:
        places: dict[str, Place] = {}
        for kind in PLACED:
            for node in self.nodes[kind]:
                place = places.setdefault(node.address.component, Place(set(), set(), set()))
                for key, value in arguments(node):
                    named = {
                        text(each) for each in (value if isinstance(value, tuple) else (value,))
                    }
                    place.groups |= named if key in GROUPS else set()
                    place.subnets |= named if key in SUBNETS else set()
                if kind == "aws_eks_cluster":
                    own = f"aws_eks_cluster.{node.address.component}.{OWN_GROUP}"
                    place.groups, place.outer_groups = {own, *place.groups}, {own}
        for place in places.values():
            place.outer_groups = place.outer_groups or place.groups
        yield from places.items()

    def connections(self) -> Iterator[Fact]:
        """``("connect", source, target, protocol, first, last)``: both sides let it through."""
        for source, here in self.places.items():
            for target, there in self.places.items():
                if source == target or not self._same_network(here, there):
                    continue
                for way_out in self._ways("egress", here.outer_groups, there.groups, there.subnets):
                    for way_in in self._ways(
                        "ingress", there.groups, here.outer_groups, here.subnets
                    ):
                        ports = _both(way_out, way_in)
                        if ports:
                            yield ("connect", source, target, *ports)

    def _same_network(self, here: Place, there: Place) -> bool:
        networks = {
            text(self.subnets[subnet].arguments["vpc_id"])
            for subnet in here.subnets | there.subnets
        }
        return len(networks) == 1 and bool(here.subnets) and bool(there.subnets)

    def _ways(
        self, direction: str, own: set[str], peers: set[str], subnets: set[str]
    ) -> Iterator[tuple[Any, Any, Any]]:
        if direction == "egress" and any(group.endswith(OWN_GROUP) for group in own):
            yield ANY
        for rule in self.rules:
            if rule.direction != direction or rule.group not in own:
                continue
            if rule.peers & peers or all(self._inside(rule, subnet) for subnet in subnets):
                yield rule.ports

    def _inside(self, rule: Rule, subnet: str) -> bool:
        node = self.subnets[subnet]
        network = text(node.arguments["vpc_id"]).removesuffix(".id") + ".cidr_block"
        names = {subnet.removesuffix(".id") + ".cidr_block", network}
        return any(
            block in names or _holds(block, text(node.arguments["cidr_block"]))
            for block in rule.blocks
        )

    def acting(self) -> Iterator[tuple[str, str]]:
        """Component and the role that its programs act in, as far as the role trusts them."""
        for kind, service in PLACED.items():
            for node in self.nodes[kind] if service else ():
                role = self._role(node)
                if role and f"{service}.amazonaws.com" in self._trusted(role):
                    yield node.address.component, role

    def _role(self, node: Node) -> str:
        if node.address.type == "aws_lambda_function":
            return text(node.arguments["role"]).removesuffix(".arn")
        if node.address.type == "aws_eks_node_group":
            return text(node.arguments["node_role_arn"]).removesuffix(".arn")
        profile = find(node, "iam_instance_profile")
        if profile is None:
            profile = next(
                (b.arguments["name"] for b in node.blocks if b.type == "iam_instance_profile"), None
            )
        for each in self.nodes["aws_iam_instance_profile"]:
            if profile is not None and each.address == profile.target:
                return text(each.arguments["role"]).removesuffix(".name")
        return ""

    def _trusted(self, role: str) -> set[str]:
        for node in self.nodes["aws_iam_role"]:
            if text(Reference(node.address, ())) == role:
                return {
                    service
                    for statement in statements(node.arguments["assume_role_policy"])
                    for service in statement["Principal"]["Service"]
                }
        return set()

    def rights(self) -> Iterator[Fact]:
        """``("allow", component, action, resource)``; denials are facts of their own."""
        acting = list(self.acting())
        for node in self.nodes["aws_iam_role_policy"]:
            role = text(node.arguments["role"]).removesuffix(".id")
            for statement in statements(node.arguments["policy"]):
                for action in statement["Action"]:
                    for resource in statement["Resource"]:
                        for component, own in acting:
                            if own == role:
                                effect = statement["Effect"].lower()
                                yield (effect, component, action, text(resource))

    def invocations(self) -> Iterator[Fact]:
        """``("invoke", function, principal, source)``: what may call a function."""
        for node in self.nodes["aws_lambda_permission"]:
            given = node.arguments
            assert given["action"] == "lambda:InvokeFunction"
            function = text(given["function_name"])
            source = text(given.get("source_arn", "*"))
            yield ("invoke", function.split(".")[1], text(given["principal"]), source)

    def events(self) -> Iterator[Fact]:
        """``("event", source, function)``: what calls a function and may do so."""
        rights = set(self.rights())
        for node in self.nodes["aws_lambda_event_source_mapping"]:
            queue, function = (
                text(node.arguments[name]) for name in ("event_source_arn", "function_name")
            )
            name = function.split(".")[1]
            if ("allow", name, "sqs:ReceiveMessage", queue) in rights:
                yield ("event", queue.split(".")[1], name)
        permitted = set(self.invocations())
        for node in self.nodes["aws_s3_bucket_notification"]:
            bucket = text(node.arguments["bucket"]).removesuffix(".id")
            for block in node.blocks:
                name = text(block.arguments["lambda_function_arn"]).split(".")[1]
                if ("invoke", name, "s3.amazonaws.com", f"{bucket}.arn") in permitted:
                    yield ("event", bucket.split(".")[1], name)

    def routes(self) -> Iterator[Fact]:
        """``("route", load balancer, port, target, its port)``: requests that arrive."""
        members: dict[str, set[tuple[str, Any]]] = defaultdict(set)
        for node in self.nodes["aws_lb_target_group_attachment"]:
            target = text(node.arguments["target_id"]).split(".")[1]
            group = text(node.arguments["target_group_arn"])
            members[group].add((target, node.arguments.get("port")))
        ports = {
            text(node.attribute("arn")): node.arguments.get("port")
            for node in self.nodes["aws_lb_target_group"]
        }
        for node in self.nodes["aws_autoscaling_group"]:
            groups: Any = node.arguments.get("target_group_arns", ())
            for group in map(text, groups):
                members[group].add((node.address.component, ports[group]))
        for node in self.nodes["aws_lb_listener"]:
            balancer = text(node.arguments["load_balancer_arn"]).split(".")[1]
            group = text(find(node, "target_group_arn"))
            for target, port in members[group]:
                yield ("route", balancer, node.arguments["port"], target, port)

    def names(self) -> Iterator[Fact]:
        """``("name", zone, name, load balancer)``."""
        for node in self.nodes["aws_route53_record"]:
            for block in node.blocks:
                zone = text(node.arguments["zone_id"]).split(".")[1]
                balancer = text(block.arguments["name"]).split(".")[1]
                yield ("name", zone, text(node.arguments["name"]), balancer)


def _rule(node: Node) -> Rule:
    given: Mapping[str, Any] = node.arguments
    group = text(given["security_group_id"])
    peers = {group} if given.get("self") is True else set()
    if "source_security_group_id" in given:
        peers.add(text(given["source_security_group_id"]))
    blocks: list[str] = []
    for name in ("cidr_blocks", "ipv6_cidr_blocks"):
        value = given.get(name, ())
        blocks += map(text, value if isinstance(value, tuple) else [value])
    ports = (given["protocol"], _number(given["from_port"]), _number(given["to_port"]))
    whole = ANY if ports[0] == "-1" else ports
    return Rule(group, str(given["type"]), whole, frozenset(peers), tuple(blocks))


def _number(value: Any) -> Any:
    return value if isinstance(value, int) else text(value)


def _both(left: tuple[Any, Any, Any], right: tuple[Any, Any, Any]) -> tuple[Any, Any, Any] | None:
    """The ports that two rules have in common."""
    if left in (ANY, right):
        return right
    if right == ANY:
        return left
    if left[0] != right[0] or not all(isinstance(n, int) for n in (*left[1:], *right[1:])):
        return None
    first, last = max(left[1], right[1]), min(left[2], right[2])
    return (left[0], first, last) if first <= last else None


def _holds(outer: str, inner: str) -> bool:
    try:
        wide, narrow = ipaddress.IPv4Network(outer), ipaddress.IPv4Network(inner)
    except ValueError:
        return False
    return narrow.subnet_of(wide)


def statements(policy: Any) -> Any:
    """The statements of a policy."""
    assert isinstance(policy, Json)
    value: Any = policy.value
    return value["Statement"]
