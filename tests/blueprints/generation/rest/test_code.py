from __future__ import annotations

import hashlib
import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog import examples
from tests.blueprints.catalog.rest.builders import (
    BLUEPRINTS,
    NOWHERE,
    PROJECTS,
    assert_problem,
    make_blueprint,
    make_project,
    versions_url,
)

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.api_client import ApiClient
    from tests.conftest import Api, Rivals


def worked(client: ApiClient, example: str = "three-tier-web", name: str = "Web") -> dict[str, Any]:
    return make_blueprint(client, make_project(client), name, document=examples.load(example))


@pytest.mark.parametrize("example", examples.names())
def test_a_version_is_turned_into_terraform(tenant: Tenant, api: Api, example: str) -> None:
    client = api(tenant, "engineer")
    code = client.get(versions_url(worked(client, example), "1/code?target=terraform")).json()
    assert (code["target"], code["version"]) == ("terraform", 1)
    assert code["overrides"] == []
    paths = [file["path"] for file in code["files"]]
    assert "versions.tf" in paths
    assert paths == sorted(paths)
    for file in code["files"]:
        assert hashlib.sha256(file["content"].encode()).hexdigest() == file["sha256"]


def test_what_a_document_says_beyond_properties_is_listed(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "engineer")
    jobs: dict[str, Any] = {"id": "jobs", "type": "queue"}
    jobs["overrides"] = {
        "aws": {"aws_sqs_queue": {"fifo_throughput_limit": "perQueue", "timeouts": {}}}
    }
    document = {"cloud": "aws", "region": "us-east-1", "components": [jobs]}
    blueprint = make_blueprint(client, make_project(client), "Jobs", document=document)
    code = client.get(versions_url(blueprint, "1/code")).json()
    assert code["overrides"] == [
        {
            "component": "jobs",
            "resource": "aws_sqs_queue",
            "arguments": ["fifo_throughput_limit", "timeouts"],
        }
    ]


def test_an_override_of_what_is_not_made_is_warned_of(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "engineer")
    given = {"aws_kms_key": {"description": "x"}, "aws_s3_bucket": {"timeouts": {}}}
    files: dict[str, Any] = {"id": "files", "type": "object_storage", "overrides": {"aws": given}}
    document = {"cloud": "aws", "region": "us-east-1", "components": [files]}
    blueprint = make_blueprint(client, make_project(client), "Files", document=document)
    (warning,) = client.get(versions_url(blueprint, "1/code")).json()["warnings"]
    assert warning["code"] == "without-effect"
    assert warning["pointer"] == "/components/0/overrides/aws/aws_kms_key"
    assert "aws_kms_key" in warning["detail"]
    files["properties"] = {"encryption": "own_key"}
    document = {"cloud": "aws", "region": "us-east-1", "components": [files]}
    blueprint = make_blueprint(client, make_project(client, "Other"), "Own", document=document)
    assert client.get(versions_url(blueprint, "1/code")).json()["warnings"] == []


def test_the_archive_holds_the_same_files(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "viewer")
    blueprint = worked(api(tenant, "engineer"), name="Été: web / shop")
    listed = client.get(versions_url(blueprint, "1/code?target=terraform")).json()["files"]
    response = client.get(versions_url(blueprint, "1/code.zip?target=terraform"))
    assert response.headers["Content-Type"] == "application/zip"
    assert response.headers["Content-Disposition"] == (
        'attachment; filename="ete-web-shop-v1-terraform.zip"'
    )
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        found = {name: archive.read(name).decode() for name in archive.namelist()}
    assert found == {file["path"]: file["content"] for file in listed}


@pytest.mark.parametrize("kind", ["code", "code.zip"])
def test_the_same_version_gives_the_same_bytes(tenant: Tenant, api: Api, kind: str) -> None:
    client = api(tenant, "engineer")
    url = versions_url(worked(client), f"1/{kind}?target=terraform")
    first, second = client.get(url), client.get(url)
    assert first.content == second.content
    assert first.headers["ETag"] == second.headers["ETag"]
    assert "private" in first.headers["Cache-Control"]
    again = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_renaming_blueprint_and_project_changes_no_byte(acme: Tenant, api: Api) -> None:
    client = api(acme, "admin")
    blueprint = worked(client)
    code = versions_url(blueprint, "1/code")
    before = client.get(code).content
    for url in (f"{BLUEPRINTS}{blueprint['id']}/", f"{PROJECTS}{blueprint['project']}/"):
        tag = {"If-Match": client.get(url).headers["ETag"]}
        assert client.patch(url, {"name": "Renamed"}, headers=tag).status_code == 200
    assert client.get(code).content == before
    assert b"Renamed" not in before


def test_terraform_is_what_one_gets_without_asking(acme: Tenant, api: Api) -> None:
    client = api(acme, "engineer")
    blueprint = worked(client)
    asked = client.get(versions_url(blueprint, "latest/code?target=terraform"))
    assert client.get(versions_url(blueprint, "latest/code")).json() == asked.json()


@pytest.mark.parametrize("kind", ["code", "code.zip"])
@pytest.mark.parametrize("target", ["", "TERRAFORM", "cobol", "../etc"])
def test_an_unknown_target_is_refused(acme: Tenant, api: Api, kind: str, target: str) -> None:
    client = api(acme, "engineer")
    url = versions_url(worked(client), f"1/{kind}")
    problem = assert_problem(client.get(f"{url}?target={target}"), 400, "unknown-target")
    assert "terraform" in problem["detail"]
    assert client.get(f"{url}?target=terraform").status_code == 200


def test_a_cloud_without_a_mapping_is_told(acme: Tenant, api: Api) -> None:
    client = api(acme, "engineer")
    network = {"id": "main", "type": "network", "properties": {"cidr": "10.0.0.0/16"}}
    document = {"cloud": "azure", "region": "westeurope", "components": [network]}
    blueprint = make_blueprint(client, make_project(client), document=document)
    response = client.get(versions_url(blueprint, "1/code?target=terraform"))
    assert_problem(response, 400, "unsupported-cloud")


def test_an_unknown_version_is_not_found(acme: Tenant, api: Api) -> None:
    client = api(acme, "engineer")
    blueprint = worked(client)
    response = client.get(versions_url(blueprint, "2/code?target=terraform"))
    assert_problem(response, 404, "version-not-found")


@pytest.mark.parametrize("kind", ["code", "code.zip"])
def test_who_may_not_generate_is_told_so(tenant: Tenant, api: Api, kind: str) -> None:
    blueprint = worked(api(tenant, "engineer"))
    manager = api(tenant, "project-manager")
    refused = manager.get(versions_url(blueprint, f"1/{kind}?target=terraform"))
    assert_problem(refused, 403, "permission-denied")
    assert manager.get(versions_url(blueprint, "1/")).status_code == 200


@pytest.mark.parametrize("kind", ["code", "code.zip"])
@pytest.mark.parametrize("role", ["admin", "project-manager"])
def test_another_tenants_code_is_as_if_it_were_not(
    rivals: Rivals, api: Api, kind: str, role: str
) -> None:
    theirs = worked(api(rivals.victim, "admin"))
    attacker = api(rivals.attacker, role)
    answers = []
    for blueprint in (theirs, {"id": NOWHERE}):
        response = attacker.get(f"{BLUEPRINTS}{blueprint['id']}/versions/1/{kind}?target=terraform")
        assert response.status_code == 404
        answers.append({**response.json(), "instance": "", "request_id": ""})
    assert answers[0] == answers[1]
