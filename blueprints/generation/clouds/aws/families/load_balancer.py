"""Load balancers: one listener for each port, one target group for each port of the targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.generation.clouds.aws import naming
from blueprints.generation.clouds.aws.families.network import firewalls_or_default, internet_gateway
from blueprints.generation.clouds.aws.invocations import invocation
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
from blueprints.generation.ir import Block

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.documents import Component, Ref
    from blueprints.generation.ir import Node, Value

LONGEST_NAME = 32
# Targets are reached without TLS, which ends at the load balancer.
_TARGET_PROTOCOLS = {"http": "HTTP", "https": "HTTP", "tcp": "TCP", "tls": "TCP", "udp": "UDP"}
_ENCRYPTED = frozenset({"https", "tls"})
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
_FUNCTION = "function"
_HTTP_OK = "200-399"
_REDIRECT = Block("redirect", {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"})

Group = tuple[str, int]  # protocol and port of the targets


def load_balancer(component: Component, context: Context) -> Iterator[Node]:
    """Build the load balancer, its target groups, their targets and its listeners."""
    properties = component.properties
    network_id = context.network_of(properties["subnets"][0])
    outside = not properties["internal"]
    yield resource(
        "aws_lb",
        component,
        _balancer(component, context),
        depends_on=internet_gateway(network_id, context) if outside else (),
    )
    for group in _groups(component):
        yield _target_group(component, group, network_id, context)
        for target in properties["targets"]:
            yield _attachment(component, group, context.component(target.component))
    if "function" in properties:
        function = context.component(properties["function"].component)
        yield from _function_target(component, function)
    for listener in properties["listeners"]:
        yield _listener(component, listener, context)


def target_groups(balancer: Ref, context: Context) -> tuple[Value, ...]:
    """Refer to all target groups of a load balancer."""
    component = context.component(balancer.component)
    return tuple(_group_reference(component, group) for group in _groups(component))


def _balancer(component: Component, context: Context) -> dict[str, Value | None]:
    properties = component.properties
    http = properties["type"] == "application"
    arguments: dict[str, Value | None] = {
        **naming.short_name(component, limit=LONGEST_NAME),
        "load_balancer_type": properties["type"],
        "internal": properties["internal"],
        "subnets": references("aws_subnet", properties["subnets"], "id"),
        "security_groups": _security_groups(component, context),
        "enable_deletion_protection": value(properties["deletion_protection"], context),
    }
    if http:
        arguments["drop_invalid_header_fields"] = True
        arguments["idle_timeout"] = value(properties["idle_timeout_seconds"], context)
    return {**arguments, "tags": tags(component)}


def _security_groups(component: Component, context: Context) -> tuple[Value, ...] | None:
    """Refer to its groups. A network load balancer that starts without any never gets one.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
    """
    properties = component.properties
    has_none = properties["type"] == "network" and not properties["firewalls"]
    return None if has_none else firewalls_or_default(component, context)


def _groups(component: Component) -> tuple[Group, ...]:
    """List what the listeners forward to, each once; redirecting ones forward to nothing."""
    if "function" in component.properties:
        return ()
    listeners = component.properties["listeners"]
    groups = (_group(listener) for listener in listeners if not listener["redirect_to_https"])
    return tuple(dict.fromkeys(groups))


def _group(listener: Mapping[str, Any]) -> Group:
    port = listener.get("target_port", listener["port"])
    return _TARGET_PROTOCOLS[listener["protocol"]], port


def _group_part(group: Group) -> str:
    protocol, port = group
    return f"{protocol.lower()}_{port}"


def _group_reference(component: Component, group: Group) -> Value:
    return reference("aws_lb_target_group", component.id, "arn", part=_group_part(group))


def _target_group(component: Component, group: Group, network_id: str, context: Context) -> Node:
    protocol, port = group
    arguments: dict[str, Value | None] = {
        "name_prefix": naming.short_prefix(component),
        "protocol": protocol,
        "port": port,
        "vpc_id": reference("aws_vpc", network_id, "id"),
        "target_type": "instance",
        "tags": tags(component, f"{protocol.lower()} {port}"),
    }
    check = _health_check(component, protocol, context)
    return resource(
        "aws_lb_target_group",
        component,
        arguments,
        (check,),
        part=_group_part(group),
        # A listener uses the old one until it forwards to the new one.
        create_before_destroy=True,
    )


def _health_check(component: Component, protocol: str, context: Context) -> Block:
    check = component.properties["health_check"]
    http = protocol == "HTTP" or "path" in check
    arguments: dict[str, Value] = {
        "protocol": "HTTP" if http else "TCP",
        "interval": value(check["interval_seconds"], context),
        "timeout": value(check["timeout_seconds"], context),
        "healthy_threshold": value(check["healthy_threshold"], context),
        "unhealthy_threshold": value(check["unhealthy_threshold"], context),
    }
    if http:
        path = value(check.get("path", "/"), context)
        arguments = {"path": path, "matcher": _HTTP_OK, **arguments}
    return Block("health_check", arguments)


def _attachment(component: Component, group: Group, target: Component) -> Node:
    arguments: dict[str, Value | None] = {
        "target_group_arn": _group_reference(component, group),
        "target_id": reference("aws_instance", target.id, "id"),
        "port": group[1],
    }
    part = f"{_group_part(group)}_{naming.part(target.identity)}"
    return resource("aws_lb_target_group_attachment", component, arguments, part=part)


def _function_target(component: Component, function: Component) -> Iterator[Node]:
    """Build the group of one function, which takes requests instead of machines."""
    group: dict[str, Value | None] = {
        **naming.short_name(component, limit=LONGEST_NAME, suffix=_FUNCTION),
        "target_type": "lambda",
        "tags": tags(component, _FUNCTION),
    }
    yield resource("aws_lb_target_group", component, group, part=_FUNCTION)
    arn = reference("aws_lb_target_group", component.id, "arn", part=_FUNCTION)
    permission = invocation(component, function, "elasticloadbalancing", arn)
    yield permission
    target: dict[str, Value | None] = {
        "target_group_arn": arn,
        "target_id": reference("aws_lambda_function", function.id, "arn"),
    }
    yield resource(
        "aws_lb_target_group_attachment",
        component,
        target,
        part=_FUNCTION,
        depends_on=(permission.address,),
    )


def _listener(component: Component, listener: Mapping[str, Any], context: Context) -> Node:
    arguments: dict[str, Value | None] = {
        "load_balancer_arn": reference("aws_lb", component.id, "arn"),
        "port": listener["port"],
        "protocol": listener["protocol"].upper(),
    }
    if listener["protocol"] in _ENCRYPTED:
        arguments["ssl_policy"] = TLS_POLICY
        arguments["certificate_arn"] = value(listener["certificate"], context)
    action = _action(component, listener)
    return resource("aws_lb_listener", component, arguments, (action,), part=str(listener["port"]))


def _action(component: Component, listener: Mapping[str, Any]) -> Block:
    if listener["redirect_to_https"]:
        return Block("default_action", {"type": "redirect"}, (_REDIRECT,))
    arn = _group_reference(component, _group(listener))
    if "function" in component.properties:
        arn = reference("aws_lb_target_group", component.id, "arn", part=_FUNCTION)
    return Block("default_action", {"type": "forward", "target_group_arn": arn})


MAPPINGS = (
    TypeMapping(
        "load_balancer",
        "load_balancing",
        load_balancer,
        {name: attribute("aws_lb", name) for name in ("id", "arn", "dns_name", "zone_id")},
    ),
)
