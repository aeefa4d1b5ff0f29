"""The tags that a tenant wants on everything: chosen once, kept by each version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rbac.models import AuditEntry
from tenants.context import tenant_scope
from tests.blueprints.catalog.rest.builders import (
    assert_problem,
    make_blueprint,
    make_project,
    pointers,
    versions_url,
)
from tests.blueprints.catalog.services.documents import document

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.api_client import ApiClient
    from tests.conftest import Api, Rivals

URL = "/api/v1/default-tags/"
TAGS = {"cost-center": "4711", "Ort": "Köln"}


def choose(client: ApiClient, tags: dict[str, Any], **headers: str) -> Any:
    headers = headers or {"If-Match": client.get(URL).headers.get("ETag", "*")}
    return client.put(URL, {"tags": tags}, headers=headers)


def provider_of(client: ApiClient, blueprint: dict[str, Any], number: int) -> str:
    code = client.get(versions_url(blueprint, f"{number}/code")).json()
    return next(str(f["content"]) for f in code["files"] if f["path"] == "providers.tf")


def test_they_are_none_until_somebody_chooses_some(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "admin")
    first = client.get(URL)
    assert (first.status_code, first.json()["tags"]) == (200, {})
    chosen = choose(client, TAGS, **{"If-Match": first.headers["ETag"]})
    assert (chosen.status_code, chosen.json()["tags"]) == (200, TAGS)
    assert client.get(URL).json() == chosen.json()
    late = choose(client, {}, **{"If-Match": first.headers["ETag"]})
    assert late.status_code == 412
    assert client.put(URL, {"tags": {}}).status_code == 428
    assert choose(client, {}).json()["tags"] == {}


def test_the_audit_log_says_who_chose_what(tenant: Tenant, api: Api) -> None:
    choose(api(tenant, "admin"), TAGS)
    with tenant_scope(tenant):
        entry = AuditEntry.objects.get(action="default_tags.update")
    assert entry.changes == {"tags": [{}, TAGS]}
    assert entry.actor_name


def test_a_version_keeps_those_that_it_was_made_with(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "admin")
    blueprint = make_blueprint(client, make_project(client))
    before = client.get(versions_url(blueprint, "1/code")).json()["files"]
    choose(client, TAGS)
    again = client.post(versions_url(blueprint), {"document": document()})
    assert (again.status_code, again.json()["number"]) == (201, 2)
    assert again.json()["default_tags"] == TAGS
    assert client.post(versions_url(blueprint), {"document": document()}).status_code == 200
    choose(client, {"other": "x"})
    assert client.get(versions_url(blueprint, "1/")).json()["default_tags"] is None
    assert client.get(versions_url(blueprint, "1/code")).json()["files"] == before
    assert "4711" not in provider_of(client, blueprint, 1)
    assert '"4711"' in provider_of(client, blueprint, 2)
    assert "other" not in provider_of(client, blueprint, 2)


def test_the_difference_of_two_versions_shows_them(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "admin")
    blueprint = make_blueprint(client, make_project(client))
    choose(client, {"team": "a"})
    client.post(versions_url(blueprint), {"document": document()})
    (change,) = client.get(versions_url(blueprint, "2/diff/")).json()["changes"]
    assert (change["kind"], change["pointer"], change["new"]) == (
        "added",
        "/default_tags/team",
        "a",
    )


def test_a_document_goes_first_whatever_the_case(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "admin")
    choose(client, {"Team": "all", "stage": "any"})
    own = {**document(), "tags": {"team": "shop"}}
    blueprint = make_blueprint(client, make_project(client), document=own)
    provider = provider_of(client, blueprint, 1)
    assert '"shop"' in provider
    assert '"any"' in provider
    assert '"all"' not in provider


@pytest.mark.parametrize(
    ("tags", "pointer"),
    [
        ({"aws:team": "x"}, "/tags/aws:team"),
        ({"Project": "x"}, "/tags/Project"),
        ({"a": "x", "A": "y"}, "/tags/A"),
        ({"a/b": "x "}, "/tags/a~1b"),
        ({"k" * 129: "x"}, f"/tags/{'k' * 129}"),
        ({"a": "x" * 257}, "/tags/a"),
        ({"a;b": "x"}, "/tags/a;b"),
        ({"": "x"}, "/tags/"),
        ({"a": 1}, "/tags/a"),
        ({"a": None}, "/tags/a"),
        ({f"k{number}": "x" for number in range(47)}, "/tags"),
    ],
)
def test_what_no_cloud_takes_is_refused_at_its_place(
    tenant: Tenant, api: Api, tags: dict[str, Any], pointer: str
) -> None:
    client = api(tenant, "admin")
    problem = choose(client, tags).json()
    assert pointers(problem) == [pointer]
    assert client.get(URL).json()["tags"] == {}


def test_as_many_as_aws_leaves_are_taken(tenant: Tenant, api: Api) -> None:
    tags = {f"k{number}": "x" * 256 for number in range(46)}
    assert choose(api(tenant, "admin"), tags).status_code == 200


def test_a_component_may_not_have_more_with_them(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "admin")
    choose(client, {f"k{number}": "x" for number in range(46)})
    blueprint = make_blueprint(client, make_project(client))
    tagged = document(cidr="10.1.0.0/16")
    tagged["components"][0]["tags"] = {"one": "more"}
    problem = client.post(versions_url(blueprint), {"document": tagged}).json()
    assert pointers(problem) == ["/document/components/0/tags"]
    tagged["components"][0]["tags"] = {"K1": "x"}
    problem = client.post(versions_url(blueprint), {"document": tagged}).json()
    assert pointers(problem) == ["/document/components/0/tags/K1"]
    tagged["components"][0]["tags"] = {"k1": "y"}
    assert client.post(versions_url(blueprint), {"document": tagged}).status_code == 201


def test_a_cloud_that_takes_less_says_so(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "admin")
    choose(client, {"team": "x" * 64})
    google = {"cloud": "google", "region": "europe-west1", "components": []}
    body = {"project": make_project(client)["id"], "name": "G", "document": google}
    problem = assert_problem(client.post("/api/v1/blueprints/", body), 400, "invalid-document")
    assert 'Default tag "team"' in problem["errors"][0]["detail"]
    choose(client, {"team": "x" * 63})
    assert client.post("/api/v1/blueprints/", body).status_code == 201


def test_only_who_may_chooses(tenant: Tenant, api: Api) -> None:
    assert_problem(choose(api(tenant, "engineer"), TAGS), 403, "permission-denied")
    assert api(tenant, "engineer").get(URL).json()["tags"] == {}


def test_another_tenant_has_its_own(rivals: Rivals, api: Api) -> None:
    mine, theirs = (api(each, "admin") for each in rivals)
    choose(mine, TAGS)
    assert theirs.get(URL).json()["tags"] == {}
    assert make_blueprint(theirs, make_project(theirs))
