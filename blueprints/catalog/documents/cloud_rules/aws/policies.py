"""How long the policies inside a role become, with the longest names that they can mention.

Names are taken to be as long as their components' ids let them become, so a role that fits here
fits under every prefix.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from blueprints.catalog.clouds.aws import policies
from blueprints.catalog.clouds.aws.partitions import partition
from blueprints.catalog.documents.expressions import CloudValue, Join, Ref, Var
from blueprints.catalog.prefixes import MAX_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.documents.cloud_rules.context import Subject

_ACCOUNT = "1" * 12
_RANDOM = 26  # characters that make a name unique
_MARK = f"-{'0' * 8}"  # what tells names in modules apart
_KEY = "0" * 36
#: The longest names of each type, and how they stand in an ARN.
_LONGEST = {
    "autoscaling_group": 255,
    "cache": 50,
    "container_cluster": 100,
    "database": 63,
    "function": 64,
    "load_balancer": 32,
    "object_storage": 63,
    "queue": 80,
    "role": 64,
    "secret": 512,
}
_NAMED = {
    "autoscaling_group": f"autoscaling:{{}}:autoScalingGroup:{_KEY}:autoScalingGroupName/",
    "cache": "elasticache:{}:replicationgroup:",
    "compute_instance": f"ec2:{{}}:instance/i-{'0' * 17}",
    "container_cluster": "eks:{}:cluster/",
    "database": "rds:{}:db:",
    "function": "lambda:{}:function:",
    "load_balancer": f"elasticloadbalancing:{{}}:loadbalancer/app/{'0' * 16}/",
    "queue": "sqs:{}:",
    "role": f"iam::{_ACCOUNT}:role/",
    "secret": "secretsmanager:{}:secret:",
}
_ID = "0" * 32  # of what has no ARN
_REGION = "ap-southeast-1"  # as long as any, where a variable decides it
_ENDINGS = {
    "autoscaling_group": f"-{'9' * _RANDOM}",
    "queue": ".fifo",
    "secret": f"-{'9' * _RANDOM}-AbCdEf",
}


def size(holder: Subject) -> int:
    """Return the most characters that the policies inside a role take.

    Args:
        holder: the role, or the component with a role of its own.
    """
    inside = [*_granted(holder), *_runtimes(holder), *_of_nodes(holder)]
    return sum(_length(statements) for statements in inside)


def _length(statements: list[Mapping[str, Any]]) -> int:
    text = json.dumps(
        policies.document(policies.merged(statements)), separators=(",", ":"), ensure_ascii=False
    )
    return len(text) if statements else 0


def _granted(holder: Subject) -> Iterator[list[Mapping[str, Any]]]:
    written = [
        policies.statement(
            (_text(action, holder) for action in statement["actions"]),
            *(_text(resource, holder) for resource in statement["resources"]),
            effect=policies.EFFECTS[statement["effect"]],
        )
        for statement in holder.listed("statements")
    ]
    yield [*policies.access_statements(_allowed(holder)), *written]


def _allowed(holder: Subject) -> Iterator[tuple[tuple[str, ...], str]]:
    for access in policies.ACCESS:
        for target in filter(None, map(holder.context.named, holder.listed(access))):
            for place, names in policies.actions(access, target.component.type).items():
                if place != "key" or target.text("encryption") == "own_key":
                    yield names, _arn(target, place)


def _runtimes(holder: Subject) -> Iterator[list[Mapping[str, Any]]]:
    """Yield what functions add to the role that they act in, one policy for each."""
    own = (holder,) if holder.component.type == "function" else ()
    for function in own or holder.context.naming(holder, "function", "role"):
        log = f"{_place(function, 'logs:{}:log-group:')}/aws/lambda/{_name(function)}:*"
        named = (trigger["queue"] for trigger in function.listed("queues"))
        queues = filter(None, map(holder.context.named, dict.fromkeys(named)))
        arns = tuple(_arn(queue, "arn") for queue in queues)
        in_network = bool(function.listed("subnets"))
        yield policies.runtime_statements(log, arns, in_network=in_network)


def _of_nodes(holder: Subject) -> Iterator[list[Mapping[str, Any]]]:
    """Yield what clusters add to the role of their nodes, if that is another component."""
    for cluster in holder.context.naming(holder, "container_cluster", "node_role"):
        yield [*policies.access_statements(_allowed(cluster))]


def _text(value: object, holder: Subject) -> str:
    """Return a known text, or the longest ARN that a reference can stand for."""
    if isinstance(value, str):
        return value
    if isinstance(value, Join):
        return "".join(_text(part, holder) for part in value.parts)
    if isinstance(value, CloudValue):
        region = holder.region or _REGION
        known = {"account_id": _ACCOUNT, "partition": partition(region), "region": region}
        return known.get(value.name, "")
    target = holder.context.named(value)
    if target is None or not isinstance(value, Ref):
        return ""
    return _arn(target, "objects" if value.attribute == "objects_arn" else "arn")


def _arn(target: Subject, place: str) -> str:
    if place == "key":
        return f"{_place(target, 'kms:{}:')}key/{_KEY}"
    if target.component.type == "object_storage":
        objects = "/*" if place == "objects" else ""
        return f"{_place(target, 's3:::')}{_name(target)}{objects}"
    found = _looked_up(target)
    if found.startswith("arn:"):
        return found
    if target.component.type not in _NAMED:
        return _ID
    return f"{_place(target, _NAMED[target.component.type])}{_name(target)}"


def _looked_up(target: Subject) -> str:
    """Return the id or name by which an existing component is known to be looked up."""
    existing = target.component.existing
    if existing is None or existing.found_by == "tags":
        return ""
    value = existing.value
    known = target.context.values_of(value) if isinstance(value, Var | Join) else (value,)
    return max((each for each in known if isinstance(each, str)), key=len, default="")


def _place(target: Subject, service: str) -> str:
    """Begin an ARN: ``lambda:{}:function:`` has region and account between service and kind."""
    region = target.region or _REGION
    return f"arn:{partition(region)}:{service.format(f'{region}:{_ACCOUNT}')}"


def _name(target: Subject) -> str:
    kind, given = target.component.type, target.text("bucket") or _looked_up(target)
    if kind not in _LONGEST:
        return ""  # its ARN holds an id
    if given:
        return f"{given}-AbCdEf" if kind == "secret" else given
    ending = _ENDINGS.get(kind, f"-{'9' * _RANDOM}" if kind == "object_storage" else "")
    most = _LONGEST[kind] + (len(ending) if kind == "secret" else 0)
    path = "-".join((*target.component.within, target.component.identity))
    mark = _MARK if target.component.within else ""
    whole = f"{'p' * MAX_PREFIX}-{path}{mark}{ending}"
    return whole.ljust(most, "9") if target.component.repeat else whole[:most]
