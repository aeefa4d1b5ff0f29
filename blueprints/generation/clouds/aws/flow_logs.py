"""Flow logs: what was sent through a network, and what its firewalls refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.clouds.aws.policies import statement
from blueprints.generation.clouds.aws import naming
from blueprints.generation.clouds.aws.mapping import Context, reference, resource, tags
from blueprints.generation.clouds.aws.policies import policy, trust
from blueprints.generation.ir import Template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Node, Value

_PART = "flow_logs"
_LONGEST_NAME = 64  # of a role
_TRAFFIC = {"refused": "REJECT", "all": "ALL"}
# https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
_ACTIONS = (
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
)


def flow_log(component: Component, context: Context) -> Iterator[Node]:
    """Build a network's log, its place, and the role that writes it, if it is asked for."""
    traffic = _TRAFFIC.get(component.properties["flow_logs"])
    if traffic is None:
        return
    group: dict[str, Value | None] = {
        "name": Template(("/aws/vpc/", *naming.name(component, limit=_LONGEST_NAME).parts)),
        "retention_in_days": component.properties["log_days"],
        "tags": tags(component, "flow logs"),
    }
    yield resource("aws_cloudwatch_log_group", component, group, part=_PART)
    yield from _writer(component, context)
    arguments: dict[str, Value | None] = {
        "vpc_id": reference("aws_vpc", component.id, "id"),
        "traffic_type": traffic,
        "log_destination": reference("aws_cloudwatch_log_group", component.id, "arn", part=_PART),
        "iam_role_arn": reference("aws_iam_role", component.id, "arn", part=_PART),
        "tags": tags(component),
    }
    writing = reference("aws_iam_role_policy", component.id, part=_PART).target
    yield resource("aws_flow_log", component, arguments, depends_on=(writing,))


def _writer(component: Component, context: Context) -> Iterator[Node]:
    name = naming.name(component, limit=_LONGEST_NAME, suffix="flow-logs")
    role: dict[str, Value | None] = {
        "name": name,
        "assume_role_policy": trust("vpc-flow-logs", context),
        "tags": tags(component, "flow logs"),
    }
    yield resource("aws_iam_role", component, role, part=_PART)
    place = reference("aws_cloudwatch_log_group", component.id, "arn", part=_PART)
    rights: dict[str, Value | None] = {
        "name": name,
        "role": reference("aws_iam_role", component.id, "id", part=_PART),
        "policy": policy(statement(_ACTIONS, place, Template((place, ":*")))),
    }
    yield resource("aws_iam_role_policy", component, rights, part=_PART)
