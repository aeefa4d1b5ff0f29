"""Warnings about documents, wherever versions are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.models import BlueprintVersion
from tenants.context import tenant_scope
from tests.blueprints.catalog.rest.builders import (
    BLUEPRINTS,
    assert_problem,
    make_blueprint,
    make_project,
    pointers,
    versions_url,
)
from tests.blueprints.catalog.services.documents import document

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Api

WARNING = {
    "severity": "warning",
    "code": "unused-variable",
    "pointer": "/variables/owner",
    "detail": 'Nothing uses variable "owner".',
    "fix": 'Remove it, or write {"var": "owner"} where it belongs.',
}


def warned(**network: Any) -> dict[str, Any]:
    return {**document(**network), "variables": {"owner": {"type": "string"}}}


def test_warnings_are_told_when_something_is_created_and_when_it_is_read(
    tenant: Tenant, api: Api
) -> None:
    client = api(tenant, "engineer")
    body = {"project": make_project(client)["id"], "name": "Web", "document": warned()}
    blueprint = client.post(BLUEPRINTS, body).json()
    assert (blueprint["warnings"], blueprint["more_warnings"]) == ([WARNING], 0)
    again = client.post(versions_url(blueprint), {"document": warned()})
    assert (again.status_code, again.json()["warnings"]) == (200, [WARNING])
    made = client.post(versions_url(blueprint), {"document": warned(cidr="10.1.0.0/16")})
    assert (made.status_code, made.json()["warnings"]) == (201, [WARNING])
    silent = client.post(versions_url(blueprint), {"document": document()}).json()
    assert (silent["warnings"], silent["more_warnings"]) == ([], 0)
    read = client.get(versions_url(blueprint, "2/")).json()
    assert (read["warnings"], read["more_warnings"]) == ([WARNING], 0)
    listed = client.get(versions_url(blueprint)).json()["results"]
    assert all("warnings" not in version for version in listed)


def test_warnings_stand_beside_the_code_and_leave_its_bytes_alone(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "engineer")
    blueprint = make_blueprint(client, make_project(client))
    silent = client.get(versions_url(blueprint, "1/code")).json()
    assert (silent["warnings"], silent["more_warnings"]) == ([], 0)
    client.post(versions_url(blueprint), {"document": warned()})
    code = client.get(versions_url(blueprint, "2/code")).json()
    assert code["warnings"] == [WARNING]
    assert all("Nothing uses" not in file["content"] for file in code["files"])


def test_a_version_that_is_no_longer_accepted_can_be_read(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "engineer")
    blueprint = make_blueprint(client, make_project(client))
    with tenant_scope(tenant):
        BlueprintVersion.objects.create(
            blueprint_id=blueprint["id"], number=2, document=document(region="us-east-9")
        )
    read = client.get(versions_url(blueprint, "2/"))
    assert read.status_code == 200
    (problem,) = read.json()["warnings"]
    assert (problem["severity"], problem["pointer"]) == ("error", "/region")
    assert_problem(client.get(versions_url(blueprint, "2/code")), 400, "invalid-document")


def test_a_version_that_destroys_more_than_it_says_is_warned_of(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "engineer")
    blueprint = make_blueprint(client, make_project(client))
    renamed = document()
    renamed["components"][0]["id"] = "shared"
    made = client.post(versions_url(blueprint), {"document": renamed}).json()
    (warning,) = made["warnings"]
    assert (warning["code"], warning["pointer"]) == ("component-renamed", "/components/0/id")
    compared = client.get(versions_url(blueprint, "2/diff/")).json()
    assert (compared["warnings"], compared["more_warnings"]) == ([warning], 0)
    assert client.get(versions_url(blueprint, "2/")).json()["warnings"] == []


def test_a_document_is_checked_without_being_kept(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "engineer")
    checked = client.post(f"{BLUEPRINTS}validate/", {"document": warned()})
    assert (checked.status_code, checked.json()["warnings"]) == (200, [WARNING])
    refused = client.post(f"{BLUEPRINTS}validate/", {"document": document(region="us-east-9")})
    assert pointers(assert_problem(refused, 400, "invalid-document")) == ["/document/region"]
    assert client.get(BLUEPRINTS).json()["results"] == []
    made = make_blueprint(client, make_project(client), document=warned())
    version = client.get(versions_url(made, "1/")).json()
    assert version["content_hash"] == checked.json()["content_hash"]
