"""Variables in the generated code, and what Terraform itself makes of their rules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from blueprints.generation.targets.terraform import write
from tests.blueprints.generation import documents
from tests.blueprints.generation.terraform import TerraformFailed, write_files

if TYPE_CHECKING:
    from pathlib import Path

    from tests.blueprints.generation.terraform import Terraform

VARIABLES: dict[str, Any] = {
    "size": {"type": "string", "allowed_values": ["small", 'la"rge ${x}'], "default": "small"},
    "code": {"type": "string", "pattern": '^[a-z]{2}-"?\\d+\\.(\\${)?$', "default": "ab-1."},
    "share": {"type": "number", "min": 0.5, "max": 10, "default": 2},
    "zones": {"type": "list", "min_length": 1, "max_length": 2, "default": ["a"]},
    "note": {"type": "string", "nullable": True, "max_length": 3},
    "ports": {"type": "list", "element": {"type": "number"}, "default": [80, 443]},
    "subnets": {
        "type": "map",
        "element": {
            "type": "object",
            "attributes": {
                "cidr": {"type": "string"},
                "public": {"type": "boolean", "optional": True},
                "labels": {"type": "map", "optional": True},
            },
        },
        "default": {"a": {"cidr": "10.0.0.0/24"}, 'odd "${k}"': {"cidr": "", "public": True}},
    },
    "limits": {
        "type": "object",
        "attributes": {"delay": {"type": "number"}, "owner": {"type": "string"}},
        "default": {"delay": 5, "owner": "us"},
    },
    "given": {"type": "object", "attributes": {"a": {"type": "list"}, "b": {"type": "map"}}},
    "pin": {"type": "string", "secret": True, "min_length": 4},
}
JOBS = {"id": "jobs", "type": "queue", "properties": {"delay_seconds": {"var": "limits.delay"}}}
OUTPUTS = {"all": {"var": "subnets"}, "owner": {"join": ["by ", {"var": "limits.owner"}]}}
GIVEN = {"given": json.dumps({"a": [], "b": {}}), "pin": "12345"}


ENVIRONMENTS = {
    "production": {"values": {"size": 'la"rge ${x}', "note": None, "ports": [1], "share": 3}},
    "empty": {},
}


def files() -> dict[str, str]:
    document = documents.small(
        JOBS, variables=VARIABLES, outputs=OUTPUTS, environments=ENVIRONMENTS
    )
    return dict(write(documents.stack_of(document)))


def test_types_are_written_as_terraform_has_them() -> None:
    text = files()["variables.tf"]
    assert (
        'variable "subnets" {\n'
        "  nullable = false\n\n"
        "  type = map(object({\n"
        "    cidr   = string\n"
        "    public = optional(bool)\n"
        "    labels = optional(map(string))\n"
        "  }))\n"
    ) in text
    assert "  type     = list(number)\n  default  = [80, 443]\n  nullable = false\n" in text
    assert "  type    = string\n  default = null\n" in text
    assert any("= var.limits.delay\n" in content for content in files().values())


def test_what_must_be_given_is_asked_for_in_its_shape() -> None:
    assert files()["terraform.tfvars.example"].endswith(
        'given = {\n  a = []\n  b = {}\n}\n\npin = ""\n'
    )


@pytest.fixture(scope="module")
def inputs(terraform: Terraform, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The variables and outputs alone, which need no provider."""
    generated = files()
    kept = {
        "variables.tf": generated["variables.tf"],
        "outputs.tf": generated["outputs.tf"],
        "production.tfvars": generated["environments/production.tfvars"],
    }
    folder = write_files(tmp_path_factory.mktemp("inputs") / "code", kept)
    assert terraform.is_formatted(folder)
    terraform.init(folder)
    return folder


def planned(terraform: Terraform, folder: Path, **values: str) -> str:
    return terraform.run(folder, "plan", "-no-color", expect=(0,), **{**GIVEN, **values})


@pytest.mark.terraform
def test_terraform_accepts_the_defaults(terraform: Terraform, inputs: Path) -> None:
    shown = planned(terraform, inputs)
    assert 'odd \\"${k}\\"' in shown
    assert 'owner = "by us"' in shown


@pytest.mark.terraform
@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"size": "medium"}, "Choose small, la"),
        ({"code": "nope"}, "The value must match"),
        ({"share": "0.4"}, "at least 0.5"),
        ({"share": "11"}, "at most 10"),
        ({"zones": "[]"}, "at least 1 elements"),
        ({"zones": '["a","b","c"]'}, "at most 2 elements"),
        ({"note": "long"}, "at most 3 characters"),
        ({"pin": "123"}, "at least 4 characters"),
        ({"subnets": '{"a":{}}'}, 'attribute "cidr" is required'),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_terraform_refuses_what_breaks_a_rule(
    terraform: Terraform, inputs: Path, values: dict[str, str], refusal: str
) -> None:
    with pytest.raises(TerraformFailed, match=refusal):
        planned(terraform, inputs, **values)


def test_an_environment_has_a_file_of_its_values() -> None:
    assert files()["environments/production.tfvars"].endswith(
        '\n\nnote  = null\nports = [1]\nshare = 3\nsize  = "la\\"rge $${x}"\n'
    )
    assert "=" not in files()["environments/empty.tfvars"]


@pytest.mark.terraform
def test_terraform_takes_the_values_of_an_environment(terraform: Terraform, inputs: Path) -> None:
    options = ("plan", "-no-color", "-var-file=production.tfvars")
    assert "Changes to Outputs" in terraform.run(inputs, *options, expect=(0,), **GIVEN)


@pytest.mark.terraform
def test_terraform_takes_what_keeps_the_rules(terraform: Terraform, inputs: Path) -> None:
    planned(terraform, inputs, size='la"rge ${x}', code='zz-"42.${', note="abc", share="0.5")
