"""Regions that variables decide, the cloud's own values, and tags in the generated code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.generation.targets.terraform import write
from tests.blueprints.generation import documents, older_provider
from tests.blueprints.generation.terraform import write_files
from tests.blueprints.generation.test_terraform import LEFT_OUT_TYPES

if TYPE_CHECKING:
    from pathlib import Path

    from blueprints.catalog.documents import Document
    from tests.blueprints.generation.terraform import Terraform

COMPONENTS: list[dict[str, Any]] = [
    {"id": "main", "type": "network", "properties": {"cidr": "10.0.0.0/16"}},
    {"id": "a", "type": "subnet",
     "properties": {"network": {"ref": "main"}, "cidr": "10.0.1.0/24", "zone": "b"}},
    {"id": "web", "type": "autoscaling_group", "tags": {"Tier": {"join": ["t-", {"var": "team"}]}},
     "properties": {"size": "small", "image": "debian-12", "min": 1, "max": 2,
                    "subnets": [{"ref": "a"}]}},
    {"id": "logs", "type": "object_storage", "properties": {
        "bucket": {"join": ["logs-", {"cloud": "account_id"}, "-", {"cloud": "region"}]}}},
]  # fmt: skip
MEMBERS: dict[str, Any] = {
    "region": {"var": "place"},
    "tags": {
        "équipe": {"var": "team"},
        "Cost center": "données/1",
        "Owner": {"join": [{"var": "team"}]},
    },
    "variables": {
        "place": {"type": "string", "default": "eu-west-1"},
        "team": {"type": "string", "default": "core"},
    },
    "outputs": {
        "zones": {"cloud": "zones"},
        "partition": {"cloud": "partition"},
        "account": {"join": [{"cloud": "account_id"}]},
    },
}


def built() -> Document:
    return documents.validate({"cloud": "aws", "components": COMPONENTS, **MEMBERS})


def test_a_variable_decides_the_region_and_the_zones_in_it() -> None:
    files = write(documents.stack_of(built()))
    assert "  region = var.place\n" in files["providers.tf"]
    assert 'availability_zone       = "${var.place}b"' in files["network.tf"]
    place = files["variables.tf"].partition('variable "place"')[2]
    assert '"eu-west-1"' in place
    assert "cn-north-1" not in place


def test_what_the_cloud_knows_is_read_once() -> None:
    files = write(documents.stack_of(built()))
    assert (
        '"logs-${data.aws_caller_identity.current.account_id}-${var.place}"' in files["storage.tf"]
    )
    assert files["data.tf"].count("data ") == 2
    assert "value = data.aws_availability_zones.available.names" in files["outputs.tf"]
    assert 'value = "aws"' in files["outputs.tf"]
    assert "value = data.aws_caller_identity.current.account_id" in files["outputs.tf"]
    assert "data.tf" not in write(documents.stack_of(documents.load("three-tier-web")))


def test_tags_reach_everything_also_what_the_cloud_makes_by_itself() -> None:
    files = write(documents.stack_of(built()))
    default_tags = files["providers.tf"].partition("default_tags")[2]
    assert "= var.team" in default_tags
    assert '"données/1"' in default_tags
    assert "${var.team}" not in default_tags
    # A group's machines are made from its template, out of reach of the provider's own tags.
    template = files["compute.tf"].partition("tag_specifications")[2]
    assert '"données/1"' in template
    assert '"t-${var.team}"' in template


def test_terraform_accepts_them(terraform: Terraform, tmp_path: Path) -> None:
    fitted = older_provider.fit(documents.stack_of(built()), terraform.provider_schema)
    assert {address.type for address in fitted.nodes} <= LEFT_OUT_TYPES
    folder = write_files(tmp_path / "code", write(fitted.stack))
    assert terraform.is_formatted(folder)
    terraform.init(folder)
    terraform.validate(folder)
