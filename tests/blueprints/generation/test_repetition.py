"""Repeated components in the generated code: addresses by key, names apart, references in step."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from blueprints.generation.targets.terraform import write
from tests.blueprints.generation import documents, older_provider
from tests.blueprints.generation.deployment import Deployment
from tests.blueprints.generation.terraform import write_files
from tests.blueprints.generation.test_terraform import LEFT_OUT_TYPES

if TYPE_CHECKING:
    from pathlib import Path

    from blueprints.catalog.documents import Document
    from tests.blueprints.generation.terraform import Terraform

VARIABLES: dict[str, Any] = {
    "jobs": {
        "type": "map",
        "element": {"type": "object", "attributes": {"delay": {"type": "number"}}},
        "default": {"mail": {"delay": 5}},
    },
    "teams": {"type": "list", "default": ["core"]},
    "audited": {"type": "boolean", "default": True},
    "machines": {"type": "number", "default": 2},
}
OVER_JOBS = {"for_each": {"var": "jobs"}}
COMPONENTS: list[dict[str, Any]] = [
    {"id": "main", "type": "network", "properties": {"cidr": "10.0.0.0/16"}},
    {"id": "a", "type": "subnet",
     "properties": {"network": {"ref": "main"}, "cidr": "10.0.1.0/24"}},
    {"id": "jobs", "type": "queue", **OVER_JOBS, "tags": {"Job": {"each": "key"}},
     "properties": {"delay_seconds": {"each": "value.delay"}}},
    {"id": "alarms", "type": "raw", **OVER_JOBS, "properties": {
        "resource": "aws_sns_topic",
        "arguments": {"display_name": {"join": ["Job ", {"each": "key"}]},
                      "policy": {"jsonencode": {"Resource": {"ref": "jobs.arn"}}}}}},
    {"id": "worker", "type": "role", **OVER_JOBS,
     "properties": {"trusted_service": "function", "reads": [{"ref": "jobs"}]}},
    {"id": "shares", "type": "object_storage", "for_each": {"var": "teams"},
     "properties": {"encryption": "own_key"}},
    {"id": "trail", "type": "object_storage", "when": {"var": "audited"}, "properties": {}},
    {"id": "walls", "type": "firewall", "for_each": ["in", "out"],
     "properties": {"network": {"ref": "main"}}},
    {"id": "box", "type": "compute_instance", "count": {"var": "machines"},
     "properties": {"size": "small", "image": "debian-12", "subnet": {"ref": "a"},
                    "firewalls": [{"ref": "walls"}]}},
]  # fmt: skip
OUTPUTS = {
    "queues": {"ref": "jobs.url"},
    "machines": {"ref": "box.private_ip"},
    "trail": {"ref": "trail.name"},
}


def built() -> Document:
    return documents.small(*COMPONENTS, variables=VARIABLES, outputs=OUTPUTS)


def code() -> str:
    """Return all of the code, without what only aligns it."""
    text = "\n".join(write(documents.stack_of(built())).values())
    return re.sub(r"(?<=\S) +", " ", text)


def block(text: str, header: str) -> str:
    return text.partition(f"{header} {{\n")[2].partition("\n}\n")[0]


def test_every_resource_of_a_component_is_made_for_each_key() -> None:
    stack = documents.stack_of(built())
    repeated = {component["id"] for component in COMPONENTS} - {"main", "a"}
    for node in stack.nodes:
        assert (node.repetition is not None) == (node.address.component in repeated)
    text = code()
    assert "for_each" in block(text, 'resource "aws_s3_bucket_policy" "shares"')
    assert "= toset(var.teams)" in block(text, 'resource "aws_kms_key" "shares"')
    assert 'for_each = toset(["in", "out"])' in text
    assert "count = var.audited ? 1 : 0" in block(text, 'resource "aws_s3_bucket_policy" "trail"')
    assert "= var.machines" in block(text, 'data "aws_ami" "box"')


def test_keys_that_an_object_holds_are_held_to_their_rule() -> None:
    kinds = {"names": {"type": "list"}, "sizes": {"type": "map"}, "note": {"type": "string"}}
    variables = {"of": {"type": "object", "attributes": kinds}}
    repeated = [
        {"id": f"by-{name}", "type": "queue", "for_each": {"var": f"of.{name}"}, "properties": {}}
        for name in ("names", "sizes", "sizes")
    ]
    repeated[2]["id"] = "again"
    text = write(documents.stack_of(documents.small(*repeated, variables=variables)))[
        "variables.tf"
    ]
    checked = re.findall(r"for key in (\S+) :", text)
    assert checked == ["var.of.names", "keys(var.of.sizes)"]


def test_instances_refer_to_those_of_their_own_key() -> None:
    text = code()
    assert "bucket = aws_s3_bucket.shares[each.key].id" in text
    assert "aws_s3_bucket.trail[0].arn" in text
    assert "ami = data.aws_ami.box[count.index].id" in text
    assert "Resource = aws_sqs_queue.jobs[each.key].arn" in text
    assert "Resource = [aws_sqs_queue.jobs[each.key].arn]" in text
    assert "delay_seconds" in block(text, 'resource "aws_sqs_queue" "jobs"')
    assert "= each.value.delay" in block(text, 'resource "aws_sqs_queue" "jobs"')


def test_lists_and_outputs_take_all_instances() -> None:
    text = code()
    assert "vpc_security_group_ids = values(aws_security_group.walls)[*].id" in text
    assert "value = { for key, each_one in aws_sqs_queue.jobs : key => each_one.url }" in text
    assert "value = aws_instance.box[*].private_ip" in text
    assert "value = one(aws_s3_bucket.trail[*].bucket)" in text


def test_names_have_the_key_and_meet_no_others() -> None:
    text = block(code(), 'resource "aws_sqs_queue" "jobs"')
    name = next(line for line in text.splitlines() if line.strip().startswith("name "))
    assert re.fullmatch(r'  name = "\$\{var.name_prefix\}-jobs-[0-9a-f]{8}-\$\{each.key\}"', name)
    assert 'Name = "jobs ${each.key}"' in text
    fifo = documents.small(
        {"id": "jobs", "type": "queue", "count": 2, "properties": {"fifo": True}}
    )
    assert '-${count.index}.fifo"' in "".join(write(documents.stack_of(fifo)).values())
    once = documents.small({"id": "jobs", "type": "queue", "when": True, "properties": {}})
    assert '"${var.name_prefix}-jobs"' in "".join(write(documents.stack_of(once)).values())


def test_terraform_accepts_repeated_components(terraform: Terraform, tmp_path: Path) -> None:
    fitted = older_provider.fit(documents.stack_of(built()), terraform.provider_schema)
    assert {address.type for address in fitted.nodes} <= LEFT_OUT_TYPES
    folder = write_files(tmp_path / "code", write(fitted.stack))
    assert terraform.is_formatted(folder)
    terraform.init(folder)
    terraform.validate(folder)


def keyed(*keys: str) -> Document:
    audit = {"resource": "aws_cloudwatch_log_group", "arguments": {
        "name": {"join": ["/audit/", {"each": "key"}, "/", {"ref": "jobs.name"}]}}}  # fmt: skip
    return documents.small(
        {"id": "jobs", "type": "queue", "for_each": list(keys), "properties": {}},
        {"id": "audit", "type": "raw", "for_each": list(keys), "properties": audit},
        {"id": "shares", "type": "object_storage", "for_each": list(keys), "properties": {}},
    )


@pytest.mark.terraform
def test_a_key_comes_and_goes_without_touching_the_others(
    today: Terraform, store: str, tmp_path: Path
) -> None:
    deployment = Deployment(today, tmp_path, store)
    deployment.write(keyed("b", "c"))
    deployment.apply()
    assert deployment.differences() == ""
    deployment.write(keyed("a", "c"))
    steps = deployment.plan()
    assert {(step.key, step.action) for step in steps} == {("b", "delete"), ("a", "create")}
    made = {step.resource.partition(".")[0] for step in steps}
    assert {"aws_sqs_queue", "aws_cloudwatch_log_group", "aws_s3_bucket"} <= made
