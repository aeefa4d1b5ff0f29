"""The real Terraform with today's schemas: everything generated can be applied and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from blueprints.catalog.documents import validate
from tests.blueprints.generation import documents
from tests.blueprints.generation.deployment import Deployment
from tests.blueprints.generation.terraform import TerraformFailed, write_files
from tests.sampling import FULL, leave_out

if TYPE_CHECKING:
    from pathlib import Path

    from tests.blueprints.generation.schema_provider import Served
    from tests.blueprints.generation.terraform import Terraform

pytestmark = pytest.mark.terraform


@pytest.mark.parametrize("name", documents.NAMES)
def test_every_document_is_applied_as_it_is_and_destroyed(
    today: Terraform, served: Served, store: str, tmp_path: Path, name: str
) -> None:
    served.account.uploaded = {"acme-releases": {"example.com": "3"}}
    deployment = Deployment(today, tmp_path, store)
    stack = deployment.write(validate(documents.unprotected(documents.raw(name))))
    for _ in range(2 if FULL else 1):
        deployment.apply()
        made = sum(node.address.kind == "resource" for node in stack.nodes)
        assert len(served.account.live) == made
        assert deployment.differences() == ""
        deployment.destroy()
        assert served.account.live == {}
        if {type_ for type_, _ in served.account.left}:
            deployment.apply()
            deployment.destroy()


leave_out(
    "documents that are applied once more after they were destroyed: those that leave something",
    len(documents.NAMES),
)

SOUND = 'resource "aws_sqs_queue" "a" {\n  name = "jobs"\n}\n'
GROUP = """
resource "aws_lb_target_group" "a" {{
  {name}
  port = {port}
  lifecycle {{
    create_before_destroy = {first}
  }}
}}
resource "aws_lb_listener" "a" {{
  load_balancer_arn = "arn"
  default_action {{
    type             = "forward"
    target_group_arn = aws_lb_target_group.a.arn
  }}
}}
"""


def applied(terraform: Terraform, folder: Path, code: str) -> str:
    write_files(folder, {"main.tf": code})
    return terraform.run(folder, "apply", "-no-color", "-auto-approve")


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ('resource "aws_sqs_queue" "a" {\n  colour = "red"\n}\n', "Unsupported argument"),
        ('resource "aws_sqs_queue" "a" {\n  name {}\n}\n', "Unsupported block type"),
        ('resource "aws_sqs_queue" "a" {\n  delay_seconds = "soon"\n}\n', "a number is required"),
        ('resource "aws_lb_listener" "a" {\n  load_balancer_arn = "a"\n}\n', "default_action"),
        ('resource "aws_route53_zone" "a" {}\n', 'argument "name" is required'),
        ('resource "aws_lamp" "a" {}\n', "Invalid resource type"),
        (SOUND + SOUND.replace('"a"', '"b"'), "AlreadyExists"),
        (SOUND.replace("name", "arn "), "Value for unconfigurable attribute"),
    ],
)
def test_what_the_provider_does_not_take_is_noticed(
    today: Terraform, tmp_path: Path, code: str, problem: str
) -> None:
    assert "1 added" in applied(today, tmp_path, SOUND)
    with pytest.raises(TerraformFailed, match=problem):
        applied(today, tmp_path, code)


@pytest.mark.parametrize(
    ("name", "first", "problem"),
    [
        ('name_prefix = "web-"', "true", None),
        ('name_prefix = "web-"', "false", "DependencyViolation"),
        ('name = "web"', "true", "AlreadyExists"),
    ],
)
def test_a_replacement_that_a_cloud_refuses_is_refused(
    today: Terraform, tmp_path: Path, name: str, first: str, problem: str | None
) -> None:
    applied(today, tmp_path, GROUP.format(name=name, port=80, first=first))
    later = GROUP.format(name=name, port=81, first=first)
    if problem:
        with pytest.raises(TerraformFailed, match=problem):
            applied(today, tmp_path, later)
    else:
        assert "1 added, 1 changed, 1 destroyed" in applied(today, tmp_path, later)
