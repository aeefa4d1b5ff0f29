"""Secrets that lie in a store: read by the real Terraform, and kept nowhere it can be helped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog.documents import validate
from blueprints.catalog.documents.kept_in_state import RESOURCES
from blueprints.generation.ir import Address, Reference, Template, VariableReference
from blueprints.generation.targets.terraform import write
from tests.blueprints.generation import documents
from tests.blueprints.generation.schema_provider.account import texts_in
from tests.blueprints.generation.terraform import write_files
from tests.blueprints.generation.values.flat import Expected, check

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.blueprints.generation.schema_provider import Served
    from tests.blueprints.generation.terraform import Terraform

# https://registry.terraform.io/providers/hashicorp/aws/6.25.0/docs: write-only arguments.
# Their versions are numbers of a place and a revision, of which only the change means something.
OF_DATABASE = 1621706032
OF_TOKEN = 584786460
EXPECTED: Expected = {
    ("aws_db_instance", "db"): [{"password_wo_version": OF_DATABASE}],
    ("aws_db_instance", "other-db"): [
        {"password_wo": "aws_ssm_parameter.token.variable.value", "password_wo_version": OF_TOKEN}
    ],
    ("aws_secretsmanager_secret_version", "kept"): [
        {
            "secret_string_wo": "aws_ssm_parameter.token.variable.value",
            "secret_string_wo_version": OF_TOKEN,
        }
    ],
    ("aws_elasticache_replication_group", "sessions"): [{"auth_token": "var.cache_token"}],
    ("aws_ssm_parameter", "token"): [
        {"name": "/shop/token"},
        {
            "arn": "arn:aws:ssm:eu-west-1:aws_caller_identity.current.account_id"
            ":parameter/shop/token"
        },
    ],
    ("aws_secretsmanager_secret_version", "db_password"): [{"secret_id": "shop/database"}],
    ("vault_kv_secret_v2", "api_key"): [{"mount": "secret", "name": "shop/api"}],
    ("vault_kv_secret_v2", "signing_key"): [{"mount": "kv", "name": "shop/sign"}],
}


def test_values() -> None:
    check(documents.raw(documents.STORED), EXPECTED)


def test_nobody_is_asked_and_each_is_sensitive() -> None:
    files = write(documents.stack_of(documents.load(documents.STORED)))
    assert "password" not in files["variables.tf"].replace("name_prefix", "")
    assert "terraform.tfvars.example" not in files
    locals_ = [line for line in files["locals.tf"].splitlines() if " = " in line]
    assert len(locals_) == 3
    assert all("= sensitive(" in line for line in locals_)
    assert 'required_version = ">= 1.11.0"' in files["versions.tf"]
    assert 'provider "vault" {}' in files["providers.tf"]
    assert (
        "password_wo                     = jsondecode("
        "ephemeral.aws_secretsmanager_secret_version.db_password__variable.secret_string"
        ')["password"]' in files["databases.tf"]
    )


def written(resource: str, arguments: dict[str, Any], **place: Any) -> Mapping[str, Any]:
    """Return the arguments of a raw resource as the generator writes them."""
    stored = {"type": "string", "secret": True, "from": place or {"ssm_parameter": {"name": "/a"}}}
    properties = {"resource": resource, "arguments": arguments}
    document = {
        "cloud": "aws",
        "region": "eu-west-1",
        "variables": {"password": stored},
        "components": [{"id": "it", "type": "raw", "properties": properties}],
    }
    nodes = documents.stack_of(validate(document)).nodes
    (found,) = (each for each in nodes if each.address.kind == "resource")
    return found.arguments


PASSWORD = {"var": "password"}
CLUSTER = {
    "cluster_identifier": "orders",
    "engine": "aurora-mysql",
    "master_username": "owner",
    "master_password": PASSWORD,
}
SERVER = {"instance_class": "db.t3.small", "password_wo": PASSWORD}
EPHEMERAL = Reference(Address("ephemeral", "aws_ssm_parameter", "password", "variable"), ("value",))


def test_whatever_can_be_only_written_is() -> None:
    """The provider's schema says which arguments have a twin for that, or are one."""
    cluster = written("aws_rds_cluster", CLUSTER)
    assert "master_password" not in cluster
    assert cluster["master_password_wo"] == EPHEMERAL
    server = written("aws_db_instance", SERVER)
    assert server["password_wo"] == EPHEMERAL
    assert server["password_wo_version"] > 0
    own = written("aws_db_instance", {"password_wo_version": 7, **SERVER})
    assert own["password_wo_version"] == 7
    alone = {"instance_class": "db.t3.small", "password": {"join": [PASSWORD]}}
    assert written("aws_db_instance", alone)["password_wo"] == EPHEMERAL
    joined = written("aws_db_instance", {**SERVER, "password_wo": {"join": ["a", PASSWORD]}})
    assert joined["password_wo"] == Template(("a", VariableReference("password", scope="local")))


def test_another_place_or_revision_is_written_anew() -> None:
    """What is kept nowhere is compared with nothing but the number of its version."""
    places: list[dict[str, Any]] = [
        {"ssm_parameter": {"name": "/a"}},
        {"ssm_parameter": {"name": "/b"}},
        {"ssm_parameter": {"name": "/b", "revision": 2}},
        {"secrets_manager": {"id": "/a"}},
        {"secrets_manager": {"id": "/a", "key": "password"}},
        {"secrets_manager": {"id": "/a", "key": "old"}},
        {"vault": {"mount": "kv", "path": "a", "key": "password"}},
    ]
    versions = [written("aws_rds_cluster", CLUSTER, **place) for place in places]
    numbers = [each["master_password_wo_version"] for each in versions]
    assert len({*numbers}) == len(places)
    assert all(0 <= number < 2**31 for number in numbers)
    again = written("aws_rds_cluster", CLUSTER, ssm_parameter={"revision": 1, "name": "/a"})
    assert again["master_password_wo_version"] == numbers[0]


def test_the_catalogue_knows_what_becomes_of_properties() -> None:
    """It warns of secrets of stores by it, and the generator decides."""
    nodes = documents.stack_of(documents.load(documents.STORED)).nodes
    only_written = {
        (node.address.type, name.removesuffix("_wo"))
        for node in nodes
        for name in node.arguments
        if name.endswith("_wo")
    }
    assert only_written == {*RESOURCES["aws"].values()}


def test_without_stores_nothing_of_it_is_written() -> None:
    files = write(documents.stack_of(documents.load(documents.EVERYTHING)))
    assert "locals.tf" not in files
    assert "vault" not in files["versions.tf"]
    assert ">= 1.5.0" in files["versions.tf"]


@pytest.mark.terraform
def test_what_is_only_written_is_in_no_state(
    today: Terraform, served: Served, tmp_path: Path
) -> None:
    raw: dict[str, Any] = documents.raw(documents.STORED)
    folder = write_files(tmp_path, write(documents.stack_of(validate(raw))))
    assert today.is_formatted(folder)
    today.run(folder, "apply", "-no-color", "-auto-approve")
    opened = set(served.account.opened)
    assert opened == {
        "aws_secretsmanager_secret_version",
        "aws_ssm_parameter",
        "vault_kv_secret_v2",
    }
    state = json.loads((folder / "terraform.tfstate").read_text())
    kinds = {(each["mode"], each["type"]) for each in state["resources"]}
    assert ("data", "vault_kv_secret_v2") in kinds
    made = [each for each in state["resources"] if each["mode"] == "managed"]
    databases = [each for each in made if each["type"] == "aws_db_instance"]
    for each in databases:
        attributes = each["instances"][0]["attributes"]
        assert attributes["password_wo"] is None
        assert attributes["password"] is None
        assert attributes["password_wo_version"] in {OF_DATABASE, OF_TOKEN}
    # Of what is written without being kept, no trace: these two are asked for nowhere else.
    assert not {"hunter2", "hunter4"} & set(texts_in(made))
    assert "hunter3" in set(texts_in(made))
    today.run(folder, "plan", "-no-color", "-detailed-exitcode")
    raw["variables"]["db_password"]["from"]["secrets_manager"]["revision"] = 4
    write_files(folder, write(documents.stack_of(validate(raw))))
    assert "1 to change, 0 to destroy" in today.run(folder, "plan", "-no-color")
    raw["variables"]["db_password"]["from"]["secrets_manager"] = {"id": "shop/other", "revision": 3}
    write_files(folder, write(documents.stack_of(validate(raw))))
    assert "1 to change, 0 to destroy" in today.run(folder, "plan", "-no-color")
