"""Functions: Lambda, with a log that ends, and the queues, clock and address that call them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.clouds.aws.policies import runtime_statements
from blueprints.generation.clouds.aws import naming
from blueprints.generation.clouds.aws.families.compute import firewalls
from blueprints.generation.clouds.aws.families.network import way_out
from blueprints.generation.clouds.aws.families.role import rights, role_policy
from blueprints.generation.clouds.aws.invocations import invocation
from blueprints.generation.clouds.aws.mapping import (
    Context,
    TypeMapping,
    attribute,
    optional,
    reference,
    references,
    resource,
    tags,
    value,
)
from blueprints.generation.clouds.aws.packages import package_arguments, package_nodes
from blueprints.generation.clouds.aws.policies import trust
from blueprints.generation.ir import Block, Lookup, Reference, Template, VariableReference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Address, Node, Value

LONGEST_NAME = 64
# Names that differ. Go's own runtime ended with Amazon Linux 1; its programs bring theirs:
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-golang.html
_RUNTIMES = {
    "go": "provided.al2023",
    "nodejs20": "nodejs20.x",
    "nodejs22": "nodejs22.x",
    "nodejs24": "nodejs24.x",
}


def function(component: Component, context: Context) -> Iterator[Node]:
    """Build the function, what it needs to run, and what calls it."""
    yield _log_group(component)
    if "role" not in component.properties:
        yield _role(component, context)
    yield _permissions(component)
    yield from _rights(component, context)
    yield from package_nodes(component, context)
    yield _function(component, context)
    for trigger in component.properties["queues"]:
        yield _queue_trigger(component, trigger, context)
    if "every_minutes" in component.properties:
        yield from _clock(component, context)
    yield from _ADDRESSES[component.properties["url"]](component)


def _name(component: Component) -> Template:
    return naming.name(component, limit=LONGEST_NAME)


def _log_group(component: Component) -> Node:
    # AWS writes to a group of exactly this name and would make one that keeps logs for ever.
    arguments: dict[str, Value | None] = {
        "name": Template(("/aws/lambda/", *_name(component).parts)),
        "retention_in_days": component.properties["log_days"],
        "tags": tags(component),
    }
    return resource("aws_cloudwatch_log_group", component, arguments)


def _role(component: Component, context: Context) -> Node:
    arguments: dict[str, Value | None] = {
        "name": naming.name(component, limit=LONGEST_NAME, suffix="execution"),
        "assume_role_policy": trust("lambda", context),
        "tags": tags(component, "execution"),
    }
    # It stays until the function acts in another one.
    return resource(
        "aws_iam_role", component, arguments, part="execution", create_before_destroy=True
    )


def _role_place(component: Component) -> tuple[str, str]:
    """Return where the function's role is: the component, and the part of it."""
    role = component.properties.get("role")
    return (role.component, "") if role else (component.id, "execution")


def _permissions(component: Component) -> Node:
    """Build what the function needs in order to run at all, whatever its role grants."""
    log = Template((reference("aws_cloudwatch_log_group", component.id, "arn"), ":*"))
    queues = (trigger["queue"].component for trigger in component.properties["queues"])
    arns = tuple(reference("aws_sqs_queue", queue, "arn") for queue in dict.fromkeys(queues))
    in_network = bool(component.properties["subnets"])
    statements = runtime_statements(log, arns, in_network=in_network)
    role_id, role_part = _role_place(component)
    return role_policy(component, role_id, "runtime", *statements, role_part=role_part)


def _rights(component: Component, context: Context) -> Iterator[Node]:
    """Build what relations allow a function that acts in its own role."""
    statements = tuple(rights(component, context))
    if statements:
        yield role_policy(component, component.id, "access", *statements, role_part="execution")


def _function(component: Component, context: Context) -> Node:
    properties = component.properties
    role_id, role_part = _role_place(component)
    arguments: dict[str, Value | None] = {
        "function_name": _name(component),
        "runtime": _RUNTIMES.get(properties["runtime"], properties["runtime"]),
        "handler": value(properties["handler"], context),
        "architectures": (properties["architecture"],),
        "memory_size": value(properties["memory_mb"], context),
        "timeout": value(properties["timeout_seconds"], context),
        "role": reference("aws_iam_role", role_id, "arn", part=role_part),
        **package_arguments(component, context),
        "reserved_concurrent_executions": optional(component, "reserved_concurrency", context),
        "tags": tags(component),
    }
    waits_for = (
        _permissions_address(component),
        _log_address(component),
        *way_out(properties["subnets"], context),
    )
    blocks = tuple(_function_blocks(component, context))
    return resource("aws_lambda_function", component, arguments, blocks, depends_on=waits_for)


def _permissions_address(component: Component) -> Address:
    return reference("aws_iam_role_policy", component.id, part="runtime").target


def _log_address(component: Component) -> Address:
    return reference("aws_cloudwatch_log_group", component.id).target


def _function_blocks(component: Component, context: Context) -> Iterator[Block]:
    properties = component.properties
    environment = {k: _text(value(v, context)) for k, v in properties["environment"].items()}
    if environment:
        yield Block("environment", {"variables": dict(sorted(environment.items()))})
    if properties["subnets"]:
        place: dict[str, Value] = {
            "subnet_ids": references("aws_subnet", properties["subnets"], "id"),
            "security_group_ids": firewalls(component) or (),
        }
        yield Block("vpc_config", place)


def _text(found: Value) -> Value:
    """Write numbers and switches as text, the only type that environments have."""
    if isinstance(found, bool):
        return str(found).lower()
    return str(found) if isinstance(found, int | float) else found


def _queue_trigger(component: Component, trigger: Mapping[str, Any], context: Context) -> Node:
    queue = trigger["queue"].component
    arguments: dict[str, Value | None] = {
        "event_source_arn": reference("aws_sqs_queue", queue, "arn"),
        "function_name": reference("aws_lambda_function", component.id, "arn"),
        "batch_size": value(trigger["batch_size"], context),
    }
    return resource(
        "aws_lambda_event_source_mapping",
        component,
        arguments,
        part=naming.part(context.component(queue).identity),
        depends_on=(_permissions_address(component),),
    )


def _clock(component: Component, context: Context) -> Iterator[Node]:
    minutes = value(component.properties["every_minutes"], context)
    arguments: dict[str, Value | None] = {
        "name": naming.name(component, limit=LONGEST_NAME),
        "schedule_expression": _rate(minutes),
        "tags": tags(component),
    }
    yield resource("aws_cloudwatch_event_rule", component, arguments)
    target: dict[str, Value | None] = {
        "rule": reference("aws_cloudwatch_event_rule", component.id, "name"),
        "arn": reference("aws_lambda_function", component.id, "arn"),
    }
    yield resource("aws_cloudwatch_event_target", component, target)
    rule = reference("aws_cloudwatch_event_rule", component.id, "arn")
    yield invocation(component, component, "events", rule, part="clock")


def _rate(minutes: Value) -> Value:
    if isinstance(minutes, Reference | VariableReference):
        several = Template(("rate(", minutes, " minutes)"))
        return Lookup({"1": "rate(1 minute)"}, minutes, several)
    return f"rate({minutes} minute{'' if minutes == 1 else 's'})"


def _no_address(_: Component) -> Iterator[Node]:
    yield from ()


def _private_address(component: Component) -> Iterator[Node]:
    """Build an address that answers to callers with AWS credentials and permission only."""
    arguments: dict[str, Value | None] = {
        "function_name": reference("aws_lambda_function", component.id, "function_name"),
        "authorization_type": "AWS_IAM",
    }
    yield resource("aws_lambda_function_url", component, arguments)


def _public_address(component: Component) -> Iterator[Node]:
    """Build a gateway before the function: only it may call, where open function URLs let all."""
    arguments: dict[str, Value | None] = {
        "name": naming.name(component, limit=128),
        "protocol_type": "HTTP",
        "target": reference("aws_lambda_function", component.id, "arn"),
        "tags": tags(component),
    }
    yield resource("aws_apigatewayv2_api", component, arguments)
    calls = Template((reference("aws_apigatewayv2_api", component.id, "execution_arn"), "/*/*"))
    yield invocation(component, component, "apigateway", calls, part="gateway")


_ADDRESSES = {"none": _no_address, "private": _private_address, "public": _public_address}


def _url(component: Component, _: Context) -> Value:
    addresses = {
        "private": reference("aws_lambda_function_url", component.id, "function_url"),
        "public": reference("aws_apigatewayv2_api", component.id, "api_endpoint"),
    }
    return addresses[component.properties["url"]]


MAPPINGS = (
    TypeMapping(
        "function",
        "functions",
        function,
        {
            "id": attribute("aws_lambda_function", "id"),
            "name": attribute("aws_lambda_function", "function_name"),
            "arn": attribute("aws_lambda_function", "arn"),
            "invoke_arn": attribute("aws_lambda_function", "invoke_arn"),
            "url": _url,
        },
    ),
)
