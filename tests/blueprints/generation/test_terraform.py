from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog.documents import validate
from blueprints.generation import generate
from blueprints.generation.ir import Address
from blueprints.generation.targets.terraform import write
from tests.blueprints.generation import documents, older_provider
from tests.blueprints.generation.emulated import provider_override
from tests.blueprints.generation.terraform import TerraformFailed, write_files

if TYPE_CHECKING:
    from pathlib import Path

    from blueprints.catalog.documents import Document
    from blueprints.generation.ir import Stack
    from tests.blueprints.generation.terraform import Terraform

pytestmark = pytest.mark.terraform

# Types that came after provider 3.39, and those that cannot stand without what came after it.
LEFT_OUT_TYPES = {
    "aws_ami",
    "aws_eip",
    "aws_eks_node_group",
    "aws_eks_pod_identity_association",
    "aws_eks_access_entry",
    "aws_eks_access_policy_association",
    "aws_elasticache_replication_group",
    "aws_iam_openid_connect_provider",
    "aws_instance",
    "aws_lambda_function_url",
    "aws_lb_target_group_attachment",
    "aws_nat_gateway",
    "aws_route",
    "aws_s3_bucket_cors_configuration",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_s3_object",
    "aws_s3_objects",
    "aws_security_group_rule",
}
# What it cannot judge of the types that it knows. Today's schemas judge these as all the rest:
# test_current_provider.py, and the words in test_words.py.
LEFT_OUT_ARGUMENTS = {
    "aws_eks_addon.resolve_conflicts_on_create",
    "aws_eks_addon.resolve_conflicts_on_update",
    "aws_eks_cluster.access_config",
    "aws_db_instance.db_name",
    "aws_db_instance.manage_master_user_password",
    "aws_elasticache_cluster.transit_encryption_enabled",
    "aws_lambda_function.architectures",
    "aws_lambda_function.runtime",
    "aws_lambda_function.s3_bucket",
    "aws_lambda_function.s3_key",
    "aws_lambda_function.s3_object_version",
    "aws_lambda_function.variables",
    "aws_launch_template.device_name",
    "aws_launch_template.image_id",
    "aws_route53_record.records",
    "aws_sqs_queue.sqs_managed_sse_enabled",
}


@pytest.mark.parametrize("name", documents.NAMES)
def test_terraform_would_format_nothing(terraform: Terraform, name: str, tmp_path: Path) -> None:
    files = generate(documents.load(name), target="terraform", project="Demo", prefix="shop")
    folder = write_files(tmp_path / "code", {file.path: file.content for file in files})
    assert terraform.is_formatted(folder)


def test_badly_formatted_code_would_be_noticed(terraform: Terraform, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "code", {"main.tf": 'locals {\n  a="b"\n}\n'})
    with pytest.raises(TerraformFailed, match="fmt"):
        terraform.is_formatted(folder)


# What means something in Terraform's language, somewhere.
WORDS = [
    "alias",
    "backend",
    "check",
    "connection",
    "count",
    "data",
    "depends_on",
    "dynamic",
    "each",
    "else",
    "ephemeral",
    "false",
    "for",
    "for_each",
    "if",
    "import",
    "in",
    "lifecycle",
    "local",
    "locals",
    "module",
    "moved",
    "null",
    "output",
    "path",
    "provider",
    "providers",
    "provisioner",
    "resource",
    "self",
    "source",
    "string",
    "terraform",
    "true",
    "var",
    "variable",
    "version",
]


def test_terraform_accepts_its_own_words_as_names(terraform: Terraform, tmp_path: Path) -> None:
    queues = [
        {"id": word.replace("_", "-"), "type": "queue", "properties": {}, "name": word}
        for word in WORDS
    ]
    document = documents.small(
        *queues,
        variables={word: {"type": "string"} for word in WORDS},
        outputs={word: {"var": word} for word in WORDS},
    )
    fitted = older_provider.fit(documents.stack_of(document), terraform.provider_schema)
    assert not fitted.nodes
    folder = write_files(tmp_path / "code", write(fitted.stack))
    terraform.init(folder)
    terraform.validate(folder)


@pytest.mark.parametrize("name", documents.NAMES)
def test_terraform_and_the_provider_accept_the_code(
    terraform: Terraform, name: str, tmp_path: Path
) -> None:
    fitted = older_provider.fit(documents.stack_of(documents.load(name)), terraform.provider_schema)
    assert {address.type for address in fitted.nodes} <= LEFT_OUT_TYPES
    assert fitted.arguments <= LEFT_OUT_ARGUMENTS
    assert len(fitted.stack.nodes) > len(fitted.nodes)
    folder = write_files(tmp_path / "code", write(fitted.stack))
    terraform.init(folder)
    terraform.validate(folder)


def test_the_three_tier_example_needs_a_newer_provider_for_its_nat_alone(
    terraform: Terraform,
) -> None:
    stack = documents.stack_of(documents.load("three-tier-web"))
    fitted = older_provider.fit(stack, terraform.provider_schema)
    nat = {
        Address("resource", f"aws_{t}", "main", "private") for t in ("eip", "nat_gateway", "route")
    }
    assert fitted.nodes == nat
    assert fitted.arguments == {"aws_db_instance.db_name"}


def test_a_wrong_argument_would_be_noticed(terraform: Terraform, tmp_path: Path) -> None:
    stack = older_provider.fit(
        documents.stack_of(documents.load("three-tier-web")), terraform.provider_schema
    ).stack
    first = stack.nodes[0]
    wrong = dataclasses.replace(first, arguments={**first.arguments, "colour": "red"})
    broken = dataclasses.replace(stack, nodes=(wrong, *stack.nodes[1:]))
    folder = write_files(tmp_path / "code", write(broken))
    terraform.init(folder)
    with pytest.raises(TerraformFailed, match="Unsupported argument"):
        terraform.validate(folder)


# One thing that the emulator does not do as AWS does: it reports a template's own tags among
# those of what is made from the template.
OVERRIDE = """
resource "aws_launch_template" "web" {
  lifecycle {
    ignore_changes = [tag_specifications]
  }
}
"""


def _resources(stack: Stack) -> int:
    return sum(node.address.kind == "resource" for node in stack.nodes)


def test_the_three_tier_example_is_applied_and_then_needs_no_changes(
    terraform: Terraform, aws_endpoint: str, tmp_path: Path
) -> None:
    raw = documents.unprotected(documents.raw("three-tier-web"))
    fitted = older_provider.fit(documents.stack_of(validate(raw)), terraform.provider_schema)
    stack = fitted.stack
    override = provider_override(aws_endpoint) + OVERRIDE
    folder = write_files(tmp_path / "code", {**write(stack), "test_override.tf": override})
    secret = "correct-horse-battery-staple"
    terraform.init(folder)
    terraform.run(folder, "plan", "-no-color", "-out=plan", db_password=secret)
    shown = terraform.run(folder, "show", "-no-color", "plan")
    assert secret not in shown
    applied = terraform.run(folder, "apply", "-no-color", "plan")
    assert f"Resources: {_resources(stack)} added, 0 changed, 0 destroyed" in applied
    outputs = json.loads(terraform.run(folder, "output", "-json"))
    assert re.fullmatch(r"[a-z0-9.-]+\.elb\.amazonaws\.com", outputs["url"]["value"])
    # Exit code 0 says that nothing differs; 2 would say that something does.
    again = terraform.run(folder, "plan", "-no-color", "-detailed-exitcode", db_password=secret)
    assert "No changes" in again
    destroyed = terraform.run(folder, "destroy", "-no-color", "-auto-approve", db_password=secret)
    assert f"Resources: {_resources(stack)} destroyed" in destroyed


# What the provider makes without waiting, with names and parts made up.
MOVING: list[dict[str, Any]] = [
    {
        "id": component_id,
        "type": "role",
        "properties": {
            "trusted_service": "function",
            "description": "Moves",
            "statements": [{"actions": ["sqs:ListQueues"], "resources": ["*"]}],
        },
    }
    for component_id in ("act", "watch")
]


def test_other_ids_move_what_was_applied(
    terraform: Terraform, aws_endpoint: str, tmp_path: Path
) -> None:
    raw = {"cloud": "aws", "region": "us-east-1", "components": MOVING}
    override = provider_override(aws_endpoint)
    folder = tmp_path / "code"

    def plan(document: Document) -> list[dict[str, Any]]:
        fitted = older_provider.fit(documents.stack_of(document), terraform.provider_schema)
        write_files(folder, {**write(fitted.stack), "test_override.tf": override})
        if not (folder / ".terraform").exists():
            terraform.init(folder)
        terraform.run(folder, "plan", "-no-color", "-out=plan")
        shown = json.loads(terraform.run(folder, "show", "-json", "plan"))
        changes: list[dict[str, Any]] = shown["resource_changes"]
        return changes

    assert {tuple(each["change"]["actions"]) for each in plan(validate(raw))} == {("create",)}
    terraform.run(folder, "apply", "-no-color", "plan")
    moved = {each["id"]: f"new-{each['id']}" for each in MOVING}
    changes = plan(documents.renamed(raw, moved, declare=True))
    assert {tuple(each["change"]["actions"]) for each in changes} <= {("no-op",), ("update",)}
    assert all(each.get("previous_address") for each in changes)
    for each in changes:
        before, after = (each["change"][side] for side in ("before", "after"))
        different = {name for name in before if before[name] != after[name]}
        assert different <= {"tags", "tags_all"}, each["address"]
