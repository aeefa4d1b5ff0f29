"""Outputs of other blueprints: data sources that read their states, tried by the real Terraform."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog.documents import NamedVersion, needed_of
from blueprints.catalog.documents.backends import READ, SETTINGS
from blueprints.generation.targets.terraform import write
from tests.blueprints.generation import documents
from tests.blueprints.generation.state_store import Store
from tests.blueprints.generation.terraform import TerraformFailed, write_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.blueprints.generation.terraform import Terraform

Json = dict[str, Any]
NET = "6f1c7a52-3c1e-4d0b-9d3a-2f5b8e7a9c10"
KEY = f"{NET}@3"
S3 = {"s3": {"bucket": "acme-states", "key": "net.tfstate", "region": "eu-west-1",
             "kms_key_id": "alias/states", "use_lockfile": True}}  # fmt: skip
STAGE = {"stage": {"type": "string", "default": "dev"}}


def part(name: str, kind: str, **properties: Any) -> Json:
    return {"id": name, "type": kind, "properties": properties}


def there(backend: Json) -> Json:
    """A document whose outputs are read."""
    return {"cloud": "aws", "region": "us-east-1", "backend": backend,
            "variables": {"delay": {"type": "number", "default": 7}},
            "components": [part("main", "network", cidr="10.0.0.0/16"), part("jobs", "queue")],
            "outputs": {"network": {"ref": "main.id"}, "url": {"ref": "jobs.url"},
                        "delay": {"var": "delay"}}}  # fmt: skip


def here(backend: Json, *components: Json, outputs: Json | None = None, **properties: Any) -> Json:
    """A document that reads them."""
    used = part("net", "remote_state", blueprint=NET, version=3, **properties)
    published = needed_of(NamedVersion("remote_state", NET, 3), there(backend))
    return {"cloud": "aws", "region": "us-east-1", "variables": STAGE, "outputs": outputs or {},
            "components": [{**used, "comment": "Why."}, *components],
            "remote_states": {KEY: published}}  # fmt: skip


def code(document: Json) -> Mapping[str, str]:
    return write(documents.stack_of(documents.validate(document)))


def squeezed(text: str) -> str:
    return " ".join(text.split())


SHARED = {"id": "shared", "type": "network", "existing": {"id": {"ref": "net.network"}}}
WALL = part("wall", "firewall", network={"ref": "shared"})
TAKEN = part("tasks", "queue", delay_seconds={"ref": "net.delay"})


def test_a_state_is_read_where_its_backend_keeps_it() -> None:
    key = {"join": ["net/", {"var": "stage"}, ".tfstate"]}
    files = code(here(S3, SHARED, WALL, TAKEN, outputs={"url": {"ref": "net.url"}},
                      settings={"key": key}, workspace={"var": "stage"}))  # fmt: skip
    assert squeezed(files["remote_states.tf"]).endswith(
        '# Why. data "terraform_remote_state" "net" { backend = "s3" workspace = var.stage config '
        '= { bucket = "acme-states" key = "net/${var.stage}.tfstate" region = "eu-west-1" } }'
    )
    read = "data.terraform_remote_state.net.outputs"
    assert f"delay_seconds = {read}.delay" in squeezed(files["queues.tf"])
    assert f"value = {read}.url" in squeezed(files["outputs.tf"])
    assert f"= {read}.network" in files["existing.tf"]
    assert "hashicorp/terraform" not in files["versions.tf"]


def test_a_workspace_of_a_host_is_in_its_settings() -> None:
    kept = {"remote": {"organization": "acme", "workspace": "net"}}
    given: Json
    for given, named in (({}, '"net"'), ({"workspace": {"var": "stage"}}, "var.stage")):
        text = squeezed(code(here(kept, TAKEN, **given))["remote_states.tf"])
        assert f'organization = "acme" workspaces = {{ name = {named} }}' in text
        assert text.count("workspace") == 1


def test_a_module_reads_a_state_by_itself() -> None:
    inner = here(S3, TAKEN)
    used = part("orders", "module", blueprint=NET, version=1)
    outer = {"cloud": "aws", "region": "us-east-1", "components": [used],
             "modules": {f"{NET}@1": inner}}  # fmt: skip
    files = code(outer)
    assert "terraform_remote_state" in files["modules/orders/remote_states.tf"]
    assert "remote_states.tf" not in files


def every_setting(name: str) -> Json:
    known = {setting: SETTINGS[name][setting] for setting in READ[name].all}
    given = {setting: "abc" for setting, rule in known.items() if rule["type"] == "string"}
    fixed = {"address": "https://state.example/x", "region": "eu-west-1"}
    return {**given, **{setting: fixed[setting] for setting in fixed.keys() & known.keys()}}


@pytest.mark.terraform
@pytest.mark.parametrize("name", READ)
def test_terraform_knows_every_setting(name: str, today: Terraform, tmp_path: Path) -> None:
    kept: Json = {name: every_setting(name)}
    workspace: Json = {"workspace": "x"} if READ[name].has_workspaces else {}
    files = dict(code(here(kept, TAKEN, **workspace)))
    folder = write_files(tmp_path / "good", files)
    assert today.is_formatted(folder)
    today.run(folder, "validate", "-no-color")
    files["remote_states.tf"] = files["remote_states.tf"].replace(
        "config = {", 'config = {\n    colour = "red"'
    )
    with pytest.raises(TerraformFailed, match="colour"):
        today.run(write_files(tmp_path / "bad", files), "validate", "-no-color")


@pytest.mark.terraform
def test_what_one_deployment_puts_out_another_reads(
    store: str, today: Terraform, tmp_path: Path
) -> None:
    first = write_files(tmp_path / "there", code(there({"http": {}})))
    today.run(first, "init", "-no-color", f"-backend-config=address={store}/net")
    today.run(first, "apply", "-no-color", "-auto-approve")
    assert b"outputs" in Store.states["/net"]
    read = here({"http": {}}, TAKEN, outputs={"url": {"ref": "net.url"}},
                settings={"address": {"var": "stage"}}) | {
        "variables": {"stage": {"type": "string"}}
    }  # fmt: skip
    second = write_files(tmp_path / "here", code(read))
    today.run(second, "init", "-no-color")
    today.run(second, "apply", "-no-color", "-auto-approve", stage=f"{store}/net")
    published = today.run(first, "output", "-no-color", "-raw", "url")
    assert published
    assert today.run(second, "output", "-no-color", "-raw", "url") == published
    state = json.loads(today.run(second, "show", "-json"))
    (queue,) = (each for each in state["values"]["root_module"]["resources"]
                if each["address"] == "aws_sqs_queue.tasks")  # fmt: skip
    assert queue["values"]["delay_seconds"] == 7
    plan = today.run(second, "plan", "-no-color", stage=f"{store}/net")
    assert "No changes." in plan
    with pytest.raises(TerraformFailed, match="remote state"):
        today.run(second, "plan", "-no-color", stage=f"{store}/nothing")
