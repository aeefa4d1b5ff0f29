"""Networks and subnets: a VPC, its way to the internet, and route tables for both kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.component_types.formats import ANYWHERE
from blueprints.generation.clouds.aws.flow_logs import flow_log
from blueprints.generation.clouds.aws.mapping import (
    Context,
    TypeMapping,
    attribute,
    reference,
    references,
    resource,
    tags,
    value,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents import Component, Ref
    from blueprints.generation.ir import Address, Node, Value


def network(component: Component, context: Context) -> Iterator[Node]:
    """Build a VPC, with an internet gateway if a subnet is public, and NAT as asked for."""
    has_dns = value(component.properties["dns"], context)
    arguments = {
        "cidr_block": value(component.properties["cidr"], context),
        "enable_dns_support": has_dns,
        "enable_dns_hostnames": has_dns,
        "tags": tags(component),
    }
    yield resource("aws_vpc", component, arguments)
    yield _default_firewall(component)
    if subnets_of(component.id, context, public=True):
        yield from _internet(component)
    for part, zone in _gateways(component, context):
        yield from _nat(component, part, zone, context)
    for part in sorted({_table_of(subnet, context) for subnet in _private(component, context)}):
        yield from _private_table(component, part, context)
    yield from flow_log(component, context)


def _default_firewall(component: Component) -> Node:
    """Take every rule from the group that AWS gives to what names none: it lets nothing through.

    https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-2
    """
    arguments: dict[str, Value | None] = {
        "vpc_id": reference("aws_vpc", component.id, "id"),
        "tags": tags(component, "default"),
    }
    return resource("aws_default_security_group", component, arguments)


def subnets_of(network_id: str, context: Context, *, public: bool) -> tuple[Component, ...]:
    """Return a network's public or private subnets, by id."""
    return context.subnets(network_id, public=public)


def internet_gateway(network_id: str, context: Context) -> tuple[Address, ...]:
    """Return what a network's public parts must wait for: its gateway, if it has one."""
    if not subnets_of(network_id, context, public=True):
        return ()
    return (reference("aws_internet_gateway", network_id).target,)


def firewalls_or_default(component: Component, context: Context) -> tuple[Value, ...] | None:
    """Refer to the security groups of a component, or to the default one of its network.

    Where the code names none, the provider leaves what is there: a firewall that the document
    took away would stay, and could not be deleted. An existing network's group is not known.
    """
    properties = component.properties
    named = references("aws_security_group", properties["firewalls"], "id")
    network_id = context.network_of(properties.get("subnet") or properties["subnets"][0])
    if named or context.component(network_id).existing:
        return named or None
    return (reference("aws_vpc", network_id, "default_security_group_id"),)


def way_out(subnets: tuple[Ref, ...], context: Context) -> tuple[Address, ...]:
    """Return what must exist before anything in these subnets reaches the internet.

    Without it a machine starts before its way out does, and what its first script fetches is
    not there. It is also what cannot be deleted before the machine is.
    """
    found: list[Address] = []
    for subnet in subnets:
        route = _way_of(context.component(subnet.component), context)
        if route is not None:
            table = reference("aws_route_table_association", subnet.component).target
            found += [route, table]
    return tuple(dict.fromkeys(found))


def _way_of(subnet: Component, context: Context) -> Address | None:
    component = context.component(subnet.properties["network"].component)
    if subnet.existing or component.existing:
        return None  # their routes are there already
    part = _table_of(subnet, context)
    outward = {"public", *(gateway for gateway, _ in _gateways(component, context))}
    return reference("aws_route", component.id, part=part).target if part in outward else None


def _private(component: Component, context: Context) -> tuple[Component, ...]:
    return subnets_of(component.id, context, public=False)


def _internet(component: Component) -> Iterator[Node]:
    vpc = reference("aws_vpc", component.id, "id")
    yield resource("aws_internet_gateway", component, {"vpc_id": vpc, "tags": tags(component)})
    yield _table(component, "public")
    gateway = reference("aws_internet_gateway", component.id, "id")
    yield _default_route(component, "public", {"gateway_id": gateway})


def _gateways(component: Component, context: Context) -> tuple[tuple[str, str], ...]:
    """List the NAT gateways that a network needs: their part and, for zonal ones, the zone."""
    private = _private(component, context)
    nat = component.properties["nat"]
    if nat == "none" or not private:
        return ()
    if nat == "single":
        return (("private", ""),)
    zones = sorted({subnet.properties["zone"] for subnet in private})
    return tuple((f"private_{zone}", zone) for zone in zones)


def _nat(component: Component, part: str, zone: str, context: Context) -> Iterator[Node]:
    host = _host(component, zone, context)
    label = tags(component, f"nat {zone}".strip())
    waits_for = internet_gateway(component.id, context)
    address: dict[str, Value | None] = {"domain": "vpc", "tags": label}
    yield resource("aws_eip", component, address, part=part, depends_on=waits_for)
    arguments: dict[str, Value | None] = {
        "allocation_id": reference("aws_eip", component.id, "id", part=part),
        "subnet_id": reference("aws_subnet", host.id, "id"),
        "tags": label,
    }
    yield resource("aws_nat_gateway", component, arguments, part=part, depends_on=waits_for)


def _host(component: Component, zone: str, context: Context) -> Component:
    """Choose the public subnet in which a NAT gateway stands: the first, by zone and id.

    A document whose network has none where one is needed is not valid.
    """
    candidates = subnets_of(component.id, context, public=True)
    fitting = (s for s in candidates if not zone or s.properties["zone"] == zone)
    return min(fitting, key=lambda subnet: (subnet.properties["zone"], subnet.id))


def _private_table(component: Component, part: str, context: Context) -> Iterator[Node]:
    yield _table(component, part)
    if part in {gateway for gateway, _ in _gateways(component, context)}:
        nat = reference("aws_nat_gateway", component.id, "id", part=part)
        yield _default_route(component, part, {"nat_gateway_id": nat})


def _table(component: Component, part: str) -> Node:
    arguments: dict[str, Value | None] = {
        "vpc_id": reference("aws_vpc", component.id, "id"),
        "tags": tags(component, part.replace("_", " ")),
    }
    # Subnets go over to another table before the one that they leave can go.
    return resource("aws_route_table", component, arguments, part=part, create_before_destroy=True)


def _default_route(component: Component, part: str, way: dict[str, Value]) -> Node:
    arguments: dict[str, Value | None] = {
        "route_table_id": reference("aws_route_table", component.id, "id", part=part),
        "destination_cidr_block": ANYWHERE,
        **way,
    }
    return resource("aws_route", component, arguments, part=part)


def _table_of(subnet: Component, context: Context) -> str:
    """Name the route table of a subnet: one for all public ones, private ones as NAT demands."""
    if subnet.properties["public"]:
        return "public"
    component = context.component(subnet.properties["network"].component)
    if component.properties["nat"] == "per_zone":
        return f"private_{subnet.properties['zone']}"
    return "private"


def _cluster_tags(component: Component, context: Context) -> dict[str, Value]:
    """Tell the clusters of the network where load balancers may stand.

    https://docs.aws.amazon.com/eks/latest/best-practices/subnets.html
    """
    network_id = component.properties["network"].component
    clusters = context.document.of_type("container_cluster")
    networks = {context.network_of(cluster.properties["subnets"][0]) for cluster in clusters}
    if network_id not in networks:
        return {}
    kind = "elb" if component.properties["public"] else "internal-elb"
    return {f"kubernetes.io/role/{kind}": "1"}


def subnet(component: Component, context: Context) -> Iterator[Node]:
    """Build a subnet and tie it to its route table."""
    network_id = component.properties["network"].component
    arguments = {
        "vpc_id": reference("aws_vpc", network_id, "id"),
        "cidr_block": value(component.properties["cidr"], context),
        "availability_zone": context.region(component.properties["zone"]),
        # Machines get public addresses only when they ask for one themselves.
        "map_public_ip_on_launch": False,
        "tags": {**tags(component), **_cluster_tags(component, context)},
    }
    # What stands in a subnet moves to the new one before the old one can go.
    yield resource("aws_subnet", component, arguments, create_before_destroy=True)
    if context.component(network_id).existing:
        return  # it keeps to the network's main route table, which nobody here decides
    table = _table_of(component, context)
    association = {
        "subnet_id": reference("aws_subnet", component.id, "id"),
        "route_table_id": reference("aws_route_table", network_id, "id", part=table),
    }
    yield resource("aws_route_table_association", component, association)


MAPPINGS = (
    TypeMapping(
        "network",
        "network",
        network,
        {"id": attribute("aws_vpc", "id"), "cidr": attribute("aws_vpc", "cidr_block")},
    ),
    TypeMapping(
        "subnet",
        "network",
        subnet,
        {"id": attribute("aws_subnet", "id"), "cidr": attribute("aws_subnet", "cidr_block")},
    ),
)
