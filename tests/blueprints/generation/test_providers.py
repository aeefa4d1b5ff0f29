"""Providers in the generated code: each resource is made where its component says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from blueprints.generation.targets.terraform import write
from blueprints.generation.targets.terraform.names import node_name
from tests.blueprints.generation import documents, older_provider
from tests.blueprints.generation.terraform import write_files
from tests.blueprints.generation.test_terraform import LEFT_OUT_TYPES

if TYPE_CHECKING:
    from pathlib import Path

    from blueprints.generation.ir import Address, Node, Stack
    from tests.blueprints.generation.terraform import Terraform

Json = dict[str, Any]


def part(name: str, kind: str, provider: str = "", **properties: Any) -> Json:
    chosen = {"provider": provider} if provider else {}
    return {"id": name, "type": kind, "properties": properties, **chosen}


PROVIDERS: Json = {
    "replica": {"region": "eu-central-1"},
    "bank": {"region": {"var": "place"}, "assume_role": {
        "join": ["arn:aws:iam::", {"var": "account"}, ":role/deploy"]}},
}  # fmt: skip
VARIABLES: Json = {
    "place": {"type": "string", "default": "ca-west-1"},
    "account": {"type": "string", "default": "111122223333"},
}
NAMED: Json = {
    "bucket": {"join": ["logs-", {"cloud": "account_id"}, "-", {"cloud": "region"}]}
}  # fmt: skip


def estate(provider: str = "") -> list[Json]:
    """What differs between regions, made by one provider."""
    name = provider or "own"
    network = {"ref": f"{name}-main"}
    return [
        part(f"{name}-main", "network", provider, cidr="10.0.0.0/16"),
        part(f"{name}-a", "subnet", provider, network=network, cidr="10.0.1.0/24", zone="a"),
        part(f"{name}-b", "subnet", provider, network=network, cidr="10.0.2.0/24", zone="b"),
        part(f"{name}-box", "compute_instance", provider, size="small", image="debian-12",
             subnet={"ref": f"{name}-a"}),
        part(f"{name}-db", "database", provider, engine="postgres", size="small",
             subnets=[{"ref": f"{name}-a"}, {"ref": f"{name}-b"}], managed_password=True,
             deletion_protection=False),
        part(f"{name}-logs", "object_storage", provider, **NAMED),
        part(f"{name}-token", "secret", provider, generate={"length": 20}),
    ]  # fmt: skip


def stack(*components: Json, **members: Any) -> Stack:
    given = {"providers": PROVIDERS, "variables": VARIABLES, **members}
    return documents.stack_of(documents.small(*components, **given))


WHOLE = [
    *estate(),
    *estate("replica"),
    *estate("bank"),
    {"id": "found", "type": "queue", "existing": {"name": "x"}, "provider": "replica"},
]


def whole() -> Stack:
    return stack(*WHOLE, outputs={"url": {"ref": "found.url"}, "zones": {"cloud": "zones"}})


def test_every_resource_and_data_source_is_of_its_components_provider() -> None:
    made_by = {component["id"]: component.get("provider", "") for component in WHOLE}
    nodes = [node for node in whole().nodes if node.address.component in made_by]
    assert {node.provider for node in nodes} == {"", "replica", "bank"}
    for node in nodes:
        is_aws = node.address.type.startswith("aws_")
        assert node.provider == (made_by[node.address.component] if is_aws else "")
    kinds = {(node.address.kind, node.provider) for node in nodes}
    assert {("data", "replica"), ("resource", "replica"), ("data", "bank")} <= kinds


def test_providers_are_set_up_once_each_by_name() -> None:
    text = write(whole())["providers.tf"]
    own, bank, replica = text.split('provider "aws" {\n')[1:]
    assert own.startswith('  region = "us-east-1"\n')
    assert bank.startswith('  alias  = "bank"\n  region = var.place\n')
    assert 'role_arn = "arn:aws:iam::${var.account}:role/deploy"' in bank
    assert replica.startswith('  alias  = "replica"\n  region = "eu-central-1"\n')
    assert "assume_role" not in own + replica
    assert text.count("default_tags") == len(PROVIDERS) + 1
    assert write(whole())["versions.tf"].count("hashicorp/aws") == 1


def test_places_differ_by_provider() -> None:
    files = write(whole())
    assert 'availability_zone       = "eu-central-1a"' in files["network.tf"]
    assert 'availability_zone       = "${var.place}a"' in files["network.tf"]
    classes = {
        node.address.component: node.arguments["instance_class"]
        for node in whole().nodes
        if node.address.type == "aws_db_instance"
    }
    # ca-west-1 has none of the class that a small database is elsewhere.
    assert classes["own-db"] == classes["replica-db"] != classes["bank-db"]
    assert (
        'bucket = "logs-${data.aws_caller_identity.current__replica.account_id}-eu-central-1"'
        in " ".join(files["storage.tf"].split())
    )


def test_account_and_zones_are_read_by_each_provider_that_needs_them() -> None:
    text = write(whole())["data.tf"]
    for suffix, line in (("", ""), ("__bank", "  provider = aws.bank\n")):
        assert f'data "aws_caller_identity" "current{suffix}" {{' in text
        assert line in text.partition(f'"current{suffix}" {{\n')[2].partition("}")[0]
    assert text.count("aws_availability_zones") == 1


def by_address(made: Stack) -> dict[Address, Node]:
    return {node.address: node for node in made.nodes}


def test_another_provider_changes_nothing_of_the_others() -> None:
    two = [*estate(), *estate("replica")]
    fewer = stack(*two, providers={"replica": PROVIDERS["replica"]})
    more = stack(*two, *estate("bank"))
    found = by_address(more)
    assert by_address(fewer).items() <= found.items()
    assert all("bank" in (a.part, a.component[:4]) for a in found.keys() - by_address(fewer))
    assert fewer.providers == tuple(p for p in more.providers if p.alias != "bank")


def test_another_region_changes_what_is_made_there() -> None:
    two = [*estate(), *estate("replica")]
    before = by_address(stack(*two))
    after = by_address(stack(*two, providers={**PROVIDERS, "replica": {"region": "eu-west-1"}}))
    changed = {before[address].provider for address in before if before[address] != after[address]}
    assert before.keys() == after.keys()
    assert changed == {"replica"}


def test_a_name_may_be_taken_in_each_region() -> None:
    log: Json = {"resource": "aws_cloudwatch_log_group", "arguments": {"name": "/audit"}}
    made = stack(part("one", "raw", **log), part("two", "raw", "replica", **log))
    assert len(made.nodes) == 2


def test_terraform_accepts_providers(terraform: Terraform, tmp_path: Path) -> None:
    fitted = older_provider.fit(whole(), terraform.provider_schema)
    assert {address.type for address in fitted.nodes} <= LEFT_OUT_TYPES
    folder = write_files(tmp_path / "code", write(fitted.stack))
    assert terraform.is_formatted(folder)
    terraform.init(folder)
    terraform.validate(folder)


def applicable(*names: str) -> Stack:
    """What these providers make, as far as the tests' account can be asked for it."""
    made = [each for name in names for each in estate(name) if each["type"] != "object_storage"]
    return stack(*made)


@pytest.mark.terraform
def test_terraform_makes_each_resource_by_its_provider(today: Terraform, tmp_path: Path) -> None:
    made = applicable("", "replica", "bank")
    folder = write_files(tmp_path, write(made))
    today.run(folder, "init", "-no-color")
    today.run(folder, "apply", "-no-color", "-auto-approve")
    assert "No changes." in today.run(folder, "plan", "-no-color")
    state = json.loads((folder / "terraform.tfstate").read_text())
    found = {
        (each["type"], each["name"]): each["provider"].rpartition("]")[2].removeprefix(".")
        for each in state["resources"]
    }
    assert found == {(n.address.type, node_name(n.address)): n.provider for n in made.nodes}
    write_files(folder, write(applicable("", "replica")))
    assert touched(today, folder) == {
        node_name(node.address)
        for node in made.nodes
        if node.address.component.startswith("bank-") and node.address.kind == "resource"
    }
    today.run(folder, "apply", "-no-color", "plan")
    assert "No changes." in today.run(folder, "plan", "-no-color")


def touched(terraform: Terraform, folder: Path) -> set[str]:
    """Plan, and name the resources that something would be done to."""
    terraform.run(folder, "plan", "-no-color", "-out=plan")
    plan = json.loads(terraform.run(folder, "show", "-json", "plan"))
    return {
        change["name"]
        for change in plan["resource_changes"]
        if change["mode"] == "managed" and change["change"]["actions"] != ["no-op"]
    }
