"""The backend block, read by the real Terraform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog.documents import validate
from blueprints.catalog.documents.backends import SETTINGS
from blueprints.generation.targets.terraform import write
from tests.blueprints.generation import documents
from tests.blueprints.generation.state_store import Store
from tests.blueprints.generation.terraform import TerraformFailed, write_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.blueprints.generation.terraform import Terraform

QUEUE = {"id": "jobs", "type": "queue", "properties": {}}


VALUES: dict[str, Any] = {"boolean": True}


def code(**backend: Any) -> Mapping[str, str]:
    return write(
        documents.stack_of(
            validate(
                {"cloud": "aws", "region": "eu-west-1", "components": [QUEUE], "backend": backend}
            )
        )
    )


def settings(name: str) -> dict[str, Any]:
    """Something for every setting of a backend, which buckets can be called too."""
    return {
        key: schema["enum"][0] if "enum" in schema else VALUES.get(schema["type"], "xxx")
        for key, schema in SETTINGS[name].items()
    } | {key: "https://127.0.0.1:1/x" for key in SETTINGS[name] if key.endswith("address")}


def test_the_block_says_what_the_document_does() -> None:
    found = code(s3={"bucket": "acme-states", "use_lockfile": True})["versions.tf"]
    assert (
        '  backend "s3" {\n    bucket       = "acme-states"\n    encrypt      = true\n'
        "    use_lockfile = true\n  }\n" in found
    )
    assert 'required_version = ">= 1.10.0"' in found
    assert 'required_version = ">= 1.5.0"' in code(s3={})["versions.tf"]
    assert "encrypt = false" in code(s3={"encrypt": False})["versions.tf"]
    assert '  backend "http" {}\n' in code(http={})["versions.tf"]


@pytest.mark.terraform
@pytest.mark.parametrize("name", SETTINGS)
def test_terraform_knows_every_setting(name: str, today: Terraform, tmp_path: Path) -> None:
    files = {**code(**{name: settings(name)})}
    folder = write_files(tmp_path / "good", files)
    assert today.is_formatted(folder)
    assert "Unsupported" not in refusal(today, folder)
    files["versions.tf"] = files["versions.tf"].replace(
        f'backend "{name}" {{\n', f'backend "{name}" {{\n    colour = "red"\n'
    )
    assert "Unsupported argument" in refusal(today, write_files(tmp_path / "bad", files))


def refusal(terraform: Terraform, folder: Path) -> str:
    """What Terraform says of a backend that cannot be reached."""
    try:
        return terraform.run(folder, "init", "-no-color", "-input=false")
    except TerraformFailed as failure:
        return str(failure)


@pytest.mark.terraform
def test_what_is_left_out_is_given_at_init(store: str, today: Terraform, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "code", code(http={"update_method": "POST"}))
    today.run(folder, "init", "-no-color", f"-backend-config=address={store}/shop")
    today.run(folder, "apply", "-no-color", "-auto-approve")
    assert b"aws_sqs_queue" in Store.states["/shop"]
    assert not (folder / "terraform.tfstate").exists()
