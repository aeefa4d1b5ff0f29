"""What is counted before names are known, against the policies that are generated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from blueprints.catalog.documents import validate
from blueprints.catalog.documents.cloud_rules.aws import policies
from blueprints.catalog.documents.cloud_rules.context import RuleContext
from blueprints.catalog.documents.drafting import read_draft
from blueprints.catalog.prefixes import MAX_PREFIX
from blueprints.generation.ir import Json, Reference, Template, Value, VariableReference
from tests.blueprints.generation import documents

ACCOUNT = "1" * 12
REGION = "eu-central-1"
SERVICES = {
    "aws_s3_bucket": "arn:aws:s3:::{}",
    "aws_sqs_queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{}}",
    "aws_lambda_function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{}}",
    "aws_secretsmanager_secret": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{{}}-AbCdEf",
    "aws_kms_key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{'0' * 36}",
    "aws_cloudwatch_log_group": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{}}",
}


ELSEWHERE = {
    "aws_db_instance": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:{{}}",
    "aws_eks_cluster": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{{}}",
    "aws_iam_role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    "aws_lb": f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/{{}}/{'0' * 16}",
    "aws_instance": f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-{'0' * 17}",
}
LOOKED_UP = {
    "aws_caller_identity": ACCOUNT,
    "aws_s3_bucket": "arn:aws:s3:::their-bucket",
    "aws_sqs_queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:their-queue",
}


class Account:
    """Answers with names and ARNs as long as an account would have them."""

    def __init__(self, stack: Any) -> None:
        self.nodes = {node.address: node for node in stack.nodes}

    def plain(self, value: Value) -> Any:  # noqa: PLR0911  # a line for each kind of value
        match value:
            case Json(value=inner):
                return json.dumps(self.plain(inner), separators=(",", ":"))
            case Template(parts=parts):
                return "".join(str(self.plain(part)) for part in parts)
            case VariableReference():
                return "p" * MAX_PREFIX
            case Reference(target=target) if target.kind == "data":
                return LOOKED_UP[target.type] + ("/*" if "objects" in value.path else "")
            case Reference(target=target):
                return {**SERVICES, **ELSEWHERE}[target.type].format(self._name(target))
            case tuple():
                return [self.plain(item) for item in value]
            case Mapping():
                return {name: self.plain(item) for name, item in value.items()}
            case _:
                return value

    def _name(self, address: Any) -> str:
        arguments = self.nodes[address].arguments
        for argument in ("bucket", "name", "function_name", "identifier"):
            if argument in arguments:
                return str(self.plain(arguments[argument]))
        prefix = arguments.get("bucket_prefix") or arguments.get("name_prefix") or ""
        return f"{self.plain(prefix)}{'9' * 26}"

    def inline(self, role: str) -> int:
        """Count the characters of all policies inside a component's role."""
        return sum(
            len(self.plain(node.arguments["policy"]))
            for node in self.nodes.values()
            if node.address.type == "aws_iam_role_policy"
            and node.arguments["role"].target.component == role
        )


def crowded(count: int) -> dict[str, Any]:
    """Make a role that may use many components of every kind, and a function that acts in it."""
    kinds: dict[str, Any] = {
        "object_storage": {},
        "queue": {"fifo": True},
        "secret": {"generate": {}},
    }
    components = [
        {"id": f"{kind.replace('_', '-')}-{number}", "type": kind, "properties": properties}
        for kind, properties in kinds.items()
        for number in range(count)
    ]
    reads = [{"ref": str(component["id"])} for component in components]
    writes = [ref for ref in reads if "secret" not in ref["ref"]]
    locked = {"id": "locked", "type": "object_storage", "properties": {"encryption": "own_key"}}
    source = {"bucket": {"ref": "locked"}, "key": "a.zip"}
    trigger = {"queue": {"ref": "queue-0"}}
    worker: dict[str, Any] = {
        "runtime": "python3.13",
        "handler": "a.b",
        "source": source,
        "role": {"ref": "worker-role"},
        "queues": [trigger],
        "timeout_seconds": 20,
    }
    role = {
        "trusted_service": "function",
        "reads": [*reads, {"ref": "locked"}],
        "writes": [*writes, {"ref": "locked"}],
        "invokes": [{"ref": "worker"}],
    }
    return {
        "cloud": "aws",
        "region": REGION,
        "components": [
            *components,
            locked,
            {"id": "worker", "type": "function", "properties": worker},
            {"id": "worker-role", "type": "role", "properties": role},
        ],
    }


@pytest.mark.parametrize("document", [crowded(1), crowded(8), documents.raw("everything")])
def test_policies_are_as_long_as_counted_under_the_longest_names(
    document: dict[str, Any],
) -> None:
    account = Account(documents.stack_of(validate(document)))
    draft, _ = read_draft(document, (), (), {}, lambda *_: validate({}))
    for role in RuleContext(draft).of_type("role"):
        counted, actual = policies.size(role), account.inline(role.id)
        assert counted == actual


def named_by_arn() -> dict[str, Any]:
    """Make a role whose statements name components of many types, and what the cloud knows."""
    subnets = [{"ref": "net-a"}, {"ref": "net-b"}]
    machine = {"subnet": subnets[0]}
    listeners = [{"port": 80, "protocol": "http"}]
    components = {
        "net": ("network", {"cidr": "10.0.0.0/16", "nat": "single"}),
        "net-a": ("subnet", {"network": {"ref": "net"}, "cidr": "10.0.1.0/24", "zone": "a"}),
        "net-b": ("subnet", {"network": {"ref": "net"}, "cidr": "10.0.2.0/24", "zone": "b"}),
        "gate": (
            "subnet",
            {"network": {"ref": "net"}, "cidr": "10.0.3.0/24", "zone": "a", "public": True},
        ),
        "data": ("database", {"engine": "postgres", "subnets": subnets, "managed_password": True}),
        "pods": ("container_cluster", {"subnets": subnets, "node_groups": [{"name": "general"}]}),
        "front": ("load_balancer", {"subnets": subnets, "internal": True, "listeners": listeners}),
        "box": ("compute_instance", machine),
        "other": ("role", {"trusted_service": "function"}),
    }
    named = [{"ref": f"{name}.arn"} for name in ("data", "pods", "front", "box", "other")]
    topic = [
        *("arn:", {"cloud": "partition"}, ":sns:", {"cloud": "region"}, ":"),
        *({"cloud": "account_id"}, ":topic"),
    ]
    statement = {
        "effect": "allow",
        "actions": ["tag:GetResources"],
        "resources": [*named, {"join": topic}],
    }
    return {
        "cloud": "aws",
        "region": REGION,
        "components": [
            *(
                {"id": name, "type": kind, "properties": properties}
                for name, (kind, properties) in components.items()
            ),
            {"id": "their-bucket", "type": "object_storage", "existing": {"name": "their-bucket"}},
            {"id": "their-queue", "type": "queue", "existing": {"name": "their-queue"}},
            {
                "id": "reader",
                "type": "role",
                "properties": {
                    "trusted_service": "function",
                    "reads": [{"ref": "their-queue"}],
                    "writes": [{"ref": "their-queue"}],
                    "statements": [statement],
                },
            },
        ],
    }


def test_what_statements_name_is_counted_whatever_it_is() -> None:
    document = named_by_arn()
    account = Account(documents.stack_of(validate(document)))
    draft, _ = read_draft(document, (), (), {}, lambda *_: validate({}))
    (role,) = (each for each in RuleContext(draft).of_type("role") if each.id == "reader")
    assert policies.size(role) == account.inline("reader")
