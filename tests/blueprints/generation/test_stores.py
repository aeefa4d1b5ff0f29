"""Secrets that lie in a store: read by the real Terraform, and kept nowhere it can be helped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog.documents import validate
from blueprints.generation.targets.terraform import write
from tests.blueprints.generation import documents
from tests.blueprints.generation.schema_provider.account import texts_in
from tests.blueprints.generation.terraform import write_files
from tests.blueprints.generation.values.flat import Expected, check

if TYPE_CHECKING:
    from pathlib import Path

    from tests.blueprints.generation.schema_provider import Served
    from tests.blueprints.generation.terraform import Terraform

# https://registry.terraform.io/providers/hashicorp/aws/6.25.0/docs: write-only arguments.
EXPECTED: Expected = {
    ("aws_db_instance", "db"): [{"password_wo_version": 3}],
    ("aws_db_instance", "other-db"): [
        {"password_wo": "aws_ssm_parameter.token.variable.value", "password_wo_version": 1}
    ],
    ("aws_secretsmanager_secret_version", "kept"): [
        {
            "secret_string_wo": "aws_ssm_parameter.token.variable.value",
            "secret_string_wo_version": 1,
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


def test_whatever_can_be_only_written_is() -> None:
    """The provider's schema says which arguments have a twin for that."""
    arguments = {
        "cluster_identifier": "orders",
        "engine": "aurora-mysql",
        "master_username": "owner",
        "master_password": {"var": "password"},
    }
    cluster = {"resource": "aws_rds_cluster", "arguments": arguments}
    stored = {"type": "string", "secret": True, "from": {"ssm_parameter": {"name": "/password"}}}
    document = {
        "cloud": "aws",
        "region": "eu-west-1",
        "variables": {"password": stored},
        "components": [{"id": "orders", "type": "raw", "properties": cluster}],
    }
    nodes = documents.stack_of(validate(document)).nodes
    (written,) = (node.arguments for node in nodes if node.address.type == "aws_rds_cluster")
    assert "master_password" not in written
    assert written["master_password_wo_version"] == 1


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
        assert attributes["password_wo_version"] in {1, 3}
    # Of what is written without being kept, no trace: these two are asked for nowhere else.
    assert not {"hunter2", "hunter4"} & set(texts_in(made))
    assert "hunter3" in set(texts_in(made))
    today.run(folder, "plan", "-no-color", "-detailed-exitcode")
    raw["variables"]["db_password"]["from"]["secrets_manager"]["revision"] = 4
    write_files(folder, write(documents.stack_of(validate(raw))))
    assert "1 to change, 0 to destroy" in today.run(folder, "plan", "-no-color")
