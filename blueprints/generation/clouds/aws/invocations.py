"""Permissions of functions: which service may call them, and on whose behalf."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.generation.clouds.aws import naming
from blueprints.generation.clouds.aws.mapping import reference, resource

if TYPE_CHECKING:
    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Node, Value


def invocation(
    component: Component,
    function: Component,
    service: str,
    source: Value,
    *,
    part: str = "",
    account: Value | None = None,
) -> Node:
    """Let a service call a function for one source only, or anybody's could.

    Args:
        component: what the permission belongs to: the function, or what calls it.
        function: the function.
        service: AWS's name of the service, without its domain.
        source: the ARN of what calls.
        account: whose it must be, where the ARN does not say so.
        part: tells several permissions of one component apart; the function unless given.
    """
    arguments: dict[str, Value | None] = {
        "action": "lambda:InvokeFunction",
        "function_name": reference("aws_lambda_function", function.id, "function_name"),
        "principal": f"{service}.amazonaws.com",
        "source_arn": source,
        "source_account": account,
    }
    part = part or naming.part(function.identity)
    return resource("aws_lambda_permission", component, arguments, part=part)
