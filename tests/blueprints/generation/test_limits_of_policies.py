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
            case Reference(target=target):
                return SERVICES[target.type].format(self._name(target))
            case tuple():
                return [self.plain(item) for item in value]
            case Mapping():
                return {name: self.plain(item) for name, item in value.items()}
            case _:
                return value

    def _name(self, address: Any) -> str:
        arguments = self.nodes[address].arguments
        for argument in ("bucket", "name", "function_name"):
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
    draft, _ = read_draft(document, ())
    for role in RuleContext(draft).of_type("role"):
        counted, actual = policies.size(role), account.inline(role.id)
        assert counted == actual
