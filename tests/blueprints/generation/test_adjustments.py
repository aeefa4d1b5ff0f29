"""Overrides, lifecycle, raw resources and joined text in the generated code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog.component_types import resources
from blueprints.generation.clouds.aws.mapping import Context, primary
from blueprints.generation.targets.terraform import write
from tests.blueprints.generation import documents, older_provider
from tests.blueprints.generation.terraform import write_files

if TYPE_CHECKING:
    from pathlib import Path

    from tests.blueprints.generation.terraform import Terraform

NETWORK = [
    {"id": "main", "type": "network", "properties": {"cidr": "10.0.0.0/16"}},
    {
        "id": "a",
        "type": "subnet",
        "properties": {"network": {"ref": "main"}, "cidr": "10.0.1.0/24"},
    },
]
MACHINE: dict[str, Any] = {
    "id": "box",
    "type": "compute_instance",
    "properties": {"size": "small", "image": "debian-12", "subnet": {"ref": "a"}},
    "overrides": {
        "aws": {
            "aws_instance": {
                "ebs_optimized": True,
                "placement_group": {"join": ["group-", {"var": "place"}, "-${x}"]},
                "metadata_options": {"http_put_response_hop_limit": 2},
                "ebs_block_device": [
                    {"device_name": "/dev/sdf", "volume_size": 10},
                    {"device_name": "/dev/sdg", "volume_size": 20},
                ],
            }
        }
    },
    "lifecycle": {"prevent_destroy": True, "ignore_changes": ["aws_instance.user_data"]},
}
TOPIC: dict[str, Any] = {
    "id": "alerts",
    "type": "raw",
    "properties": {
        "resource": "aws_sns_topic",
        "arguments": {
            "name": {"join": ["alerts-", {"ref": "box.private_ip"}]},
            "policy": {"jsonencode": {"Version": "2012-10-17", "Id": {"ref": "main.id"}}},
            "tags": {"cost center": {"var": "place"}},
        },
    },
}
VARIABLES = {"place": {"type": "string", "default": "near"}}


def code(*components: dict[str, Any], **members: Any) -> str:
    document = documents.small(*components, variables=VARIABLES, **members)
    return "\n".join(write(documents.stack_of(document)).values())


def resource_in(text: str, kind: str) -> str:
    """Cut one resource out of the code, with the comments above it."""
    before, _, after = text.partition(f'resource "{kind}"')
    comments = before.rpartition("\n\n")[2]
    return comments + after.partition("\n}\n")[0]


def test_overrides_are_added_merged_and_pointed_out() -> None:
    box = resource_in(code(*NETWORK, MACHINE), "aws_instance")
    assert box.startswith(
        "# Overridden in the blueprint: ebs_optimized, placement_group, metadata_options, "
        "ebs_block_device.\n"
    )
    assert "ebs_optimized" in box
    assert 'group-${var.place}-$${x}"' in box
    # What protects the machine stays beside what is added.
    assert box.count("metadata_options {") == 1
    assert 'http_tokens                 = "required"' in box
    assert "http_put_response_hop_limit = 2" in box
    assert box.count("ebs_block_device {") == 2
    assert "root_block_device {" in box
    # What is added is as safe as what is there.
    disks = box.split("ebs_block_device {")[1:]
    assert all("encrypted   = true" in disk.partition("}")[0] for disk in disks)


def test_a_component_without_overrides_carries_no_comment() -> None:
    plain = {name: member for name, member in MACHINE.items() if name != "overrides"}
    assert "Overridden" not in code(*NETWORK, plain)


def test_an_empty_override_says_nothing() -> None:
    assert "Overridden" not in code(
        *NETWORK, {**MACHINE, "overrides": {"aws": {"aws_instance": {}}}}
    )


def test_null_is_written_where_something_must_be_said() -> None:
    rule = {"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["10.0.0.0/8"]}
    policy = {"jsonencode": {"Version": None}}
    text = code(
        {**TOPIC, "properties": {"resource": "aws_kms_key", "arguments": {"policy": policy}}},
        {
            "id": "wall",
            "type": "raw",
            "properties": {"resource": "aws_security_group", "arguments": {"ingress": [rule]}},
        },
    )
    assert "Version = null" in text
    assert "ipv6_cidr_blocks = null" in text


def test_the_lifecycle_protects_the_main_resource_and_ignores_what_is_named() -> None:
    text = code(*NETWORK, MACHINE)
    box = resource_in(text, "aws_instance")
    assert "prevent_destroy = true" in box
    assert "ignore_changes  = [ami, user_data]" in box
    assert text.count("prevent_destroy") == 1


def test_a_raw_resource_is_what_the_document_says_and_nothing_else() -> None:
    topic = resource_in(code(*NETWORK, MACHINE, TOPIC), "aws_sns_topic")
    assert topic == (
        ' "alerts" {\n'
        '  name = "alerts-${aws_instance.box.private_ip}"\n\n'
        "  policy = jsonencode({\n"
        '    Version = "2012-10-17"\n'
        "    Id      = aws_vpc.main.id\n"
        "  })\n\n"
        "  tags = {\n"
        '    "cost center" = var.place\n'
        "  }"
    )


def test_an_output_of_a_secret_attribute_is_sensitive() -> None:
    made = {
        "id": "made",
        "type": "raw",
        "properties": {"resource": "random_password", "arguments": {"length": 20}},
    }
    outputs = {
        "plain": {"ref": "made.length"},
        "hidden": {"join": ["x-", {"ref": "made.result"}]},
    }
    text = code(made, outputs=outputs)
    assert text.count("sensitive = true") == 1
    assert '"x-${random_password.made.result}"\n  sensitive = true' in text
    assert 'source  = "hashicorp/random"' in text


HOSTILE = '"\n}\nresource "aws_iam_user" "evil" {}\n/*${file("/etc/passwd")}%{ if true }'


def test_hostile_text_in_arguments_stays_a_value() -> None:
    arguments = {
        "name": {"join": [HOSTILE, {"var": "place"}, HOSTILE]},
        "description": HOSTILE,
        "policy": {"jsonencode": {HOSTILE: [HOSTILE]}},
        "parameters": {HOSTILE: HOSTILE},
    }
    text = code(
        {
            "id": "t",
            "type": "raw",
            "properties": {"resource": "aws_api_gateway_rest_api", "arguments": arguments},
        }
    )
    lines = text.splitlines()
    assert not [line for line in lines if line.startswith('resource "aws_iam_user"')]
    assert not [
        line for line in lines if "file(" in line and '$${file("' not in line.replace("\\", "")
    ]
    assert text.count("\nresource ") == 1


def test_comments_are_carried_into_the_code_and_cannot_leave_their_lines() -> None:
    hostile = 'Why so small?\nresource "aws_iam_user" "evil" {}\u2028x \u202e*/ y'
    text = code({"id": "jobs", "type": "queue", "properties": {}, "comment": hostile})
    assert (
        "\n# Why so small?\n"
        '# resource "aws_iam_user" "evil" {}\n'
        "# x */ y\n"
        'resource "aws_sqs_queue" "jobs" {\n'
    ) in text
    assert text.count("\nresource ") == 1


def test_terraform_accepts_overrides_and_raw_resources(
    terraform: Terraform, tmp_path: Path
) -> None:
    rule = {"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["10.0.0.0/8"]}
    wall: dict[str, Any] = {"id": "wall", "type": "raw", "properties": {}}
    wall["properties"] |= {"resource": "aws_security_group", "arguments": {"ingress": [rule]}}
    owner = {"tags": {"所有者": "x", "コスト センター": "y"}}
    document = documents.small(*NETWORK, MACHINE, TOPIC, wall, variables=VARIABLES, **owner)
    fitted = older_provider.fit(documents.stack_of(document), terraform.provider_schema)
    assert not fitted.nodes
    folder = write_files(tmp_path / "code", write(fitted.stack))
    assert terraform.is_formatted(folder)
    terraform.init(folder)
    terraform.validate(folder)


@pytest.mark.parametrize("name", documents.NAMES)
def test_the_table_of_resources_is_what_components_become(name: str) -> None:
    document = documents.load(name)
    stack = documents.stack_of(document)
    context = Context(document, "shop", {})
    for node in (n for n in stack.nodes if n.address.kind == "resource"):
        component = document.component(node.address.component)
        known = resources.of_type("aws", component.type)
        if known:
            assert node.address.type in known
            assert primary(component, context).type in known[:2]


def test_the_table_of_resources_holds_nothing_that_no_component_becomes() -> None:
    made: dict[str, set[str]] = {}
    for name in documents.NAMES:
        document = documents.load(name)
        for node in documents.stack_of(document).nodes:
            if node.address.kind == "resource":
                kind = document.component(node.address.component).type
                made.setdefault(kind, set()).add(node.address.type)
    for kind, types in resources.RESOURCES["aws"].items():
        assert set(types) <= made.get(kind, set()), kind
