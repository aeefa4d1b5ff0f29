from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog import examples
from blueprints.catalog.models import Blueprint
from tenants.context import tenant_scope
from tests.blueprints.catalog.rest.builders import (
    BLUEPRINTS,
    NOWHERE,
    assert_problem,
    make_blueprint,
    make_project,
    pointers,
    versions_url,
)
from tests.blueprints.catalog.services.documents import dangling, document

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Api, Rivals

_SIZE_LIMIT = 2 * 1024 * 1024


def test_a_blueprint_is_made_with_its_first_version(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "engineer")
    project = make_project(client)
    body = {
        "project": project["id"],
        "name": "Web",
        "document": examples.load("three-tier-web"),
        "message": "First cut",
    }
    made = client.post(BLUEPRINTS, body)
    assert made.status_code == 201, made.content
    assert made.headers["Location"] == f"{BLUEPRINTS}{made.json()['id']}/"
    assert made.json()["latest_version"] == 1
    assert made.json()["project"] == project["id"]
    read = client.get(made.headers["Location"]).json()
    assert {**read, "warnings": [], "more_warnings": 0} == made.json()
    version = client.get(versions_url(made.json(), "1/")).json()
    assert version["document"] == body["document"]
    assert list(version["document"]) == list(body["document"])
    assert version["message"] == "First cut"


def test_a_blueprint_is_renamed_and_deleted(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "admin")
    made = make_blueprint(client, make_project(client))
    url = f"{BLUEPRINTS}{made['id']}/"
    tag = {"If-Match": client.get(url).headers["ETag"]}
    assert_problem(client.patch(url, {"name": "Site"}), 428, "precondition-required")
    changed = client.patch(url, {"name": "Site"}, headers=tag)
    assert (changed.status_code, changed.json()["name"]) == (200, "Site")
    stale = client.patch(url, {"name": "Page"}, headers=tag)
    assert_problem(stale, 412, "precondition-failed")
    assert_problem(client.delete(url, headers=tag), 412, "precondition-failed")
    tag = {"If-Match": changed.headers["ETag"]}
    assert client.delete(url, headers=tag).status_code == 204
    for gone in (url, versions_url(made), versions_url(made, "1/")):
        assert client.get(gone).status_code == 404


def test_a_prefix_may_be_given_when_a_blueprint_is_made(acme: Tenant, api: Api) -> None:
    client = api(acme, "admin")
    project = make_project(client)
    assert make_blueprint(client, project)["resource_prefix"] == "web"
    made = make_blueprint(client, project, "Second", resource_prefix="front")
    assert made["resource_prefix"] == "front"
    body = {"project": project["id"], "name": "Third", "document": document()}
    taken = client.post(BLUEPRINTS, {**body, "resource_prefix": "web"})
    assert pointers(assert_problem(taken, 409, "prefix-taken")) == ["/resource_prefix"]
    for refused in ("SG", "sg", "internal", "a" * 16, ""):
        response = client.post(BLUEPRINTS, {**body, "resource_prefix": refused})
        places = pointers(assert_problem(response, 400, "validation-failed"))
        assert set(places) == {"/resource_prefix"}
    assert client.post(BLUEPRINTS, {**body, "resource_prefix": "third"}).status_code == 201


@pytest.mark.parametrize(
    "member", ["document", "project", "resource_prefix", "latest_version", "created_by"]
)
def test_only_name_and_description_are_changed_by_patch(
    acme: Tenant, api: Api, member: str
) -> None:
    client = api(acme, "admin")
    url = f"{BLUEPRINTS}{make_blueprint(client, make_project(client))['id']}/"
    tag = {"If-Match": client.get(url).headers["ETag"]}
    refused = client.patch(url, {member: document()}, headers=tag)
    assert pointers(assert_problem(refused, 400, "validation-failed")) == [f"/{member}"]
    assert client.patch(url, {"description": "x"}, headers=tag).status_code == 200


def test_what_is_wrong_with_a_document_is_told_with_its_place(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "engineer")
    body = {"project": make_project(client)["id"], "name": "Web", "document": dangling()}
    refused = assert_problem(client.post(BLUEPRINTS, body), 400, "invalid-document")
    assert all(place.startswith("/document/components/1") for place in pointers(refused))
    with tenant_scope(tenant):
        assert not Blueprint.objects.exists()
    body["document"] = document()
    assert client.post(BLUEPRINTS, body).status_code == 201


@pytest.mark.parametrize("value", [None, 7, "text", [], {}, {"cloud": "aws"}])
def test_a_document_of_another_shape_is_refused(acme: Tenant, api: Api, value: object) -> None:
    client = api(acme, "engineer")
    body = {"project": make_project(client)["id"], "name": "Web", "document": value}
    response = client.post(BLUEPRINTS, body)
    assert response.status_code == 400
    assert all(place.startswith("/document") for place in pointers(response.json()))


def test_a_project_is_named_by_its_id(acme: Tenant, api: Api) -> None:
    client = api(acme, "engineer")
    make_project(client, "Shop")
    body = {"project": "Shop", "name": "Web", "document": document()}
    refused = assert_problem(client.post(BLUEPRINTS, body), 400, "validation-failed")
    assert pointers(refused) == ["/project"]


def test_a_taken_name_is_a_conflict_within_a_project(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "engineer")
    first, second = make_project(client, "One"), make_project(client, "Two")
    make_blueprint(client, first)
    body = {"project": first["id"], "name": "WEB", "document": document()}
    taken = assert_problem(client.post(BLUEPRINTS, body), 409, "name-taken")
    assert pointers(taken) == ["/name"]
    make_blueprint(client, second)


def test_lists_are_filtered(tenant: Tenant, api: Api) -> None:
    client, other = api(tenant, "engineer"), api(tenant, "engineer", "other")
    first, second = make_project(client, "One"), make_project(client, "Two")
    make_blueprint(client, first, "Web shop")
    make_blueprint(other, first, "Data")
    make_blueprint(client, second, "web site")

    def names(query: str) -> list[str]:
        page = client.get(f"{BLUEPRINTS}?ordering=created_at&{query}").json()
        return [each["name"] for each in page["results"]]

    assert names("") == ["Web shop", "Data", "web site"]
    assert names(f"project={first['id']}") == ["Web shop", "Data"]
    assert names("search=WEB") == ["Web shop", "web site"]
    assert names("name=DATA") == ["Data"]
    assert other.user is not None
    assert names(f"created_by={other.user.pk}") == ["Data"]
    assert names(f"project={NOWHERE}") == []


def test_the_same_key_makes_one_blueprint(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "engineer")
    body = {"project": make_project(client)["id"], "name": "Web", "document": document()}
    key = {"Idempotency-Key": "once"}
    first = client.post(BLUEPRINTS, body, headers=key)
    again = client.post(BLUEPRINTS, body, headers=key)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    with tenant_scope(tenant):
        assert Blueprint.objects.count() == 1


def test_a_huge_body_is_refused_unread(acme: Tenant, api: Api) -> None:
    client = api(acme, "engineer")
    project = make_project(client)
    huge = json.dumps({"project": project["id"], "name": "Web", "document": "x" * 10_000_000})
    started = time.thread_time()
    assert_problem(client.post(BLUEPRINTS, huge), 413, "document-too-large")
    assert time.thread_time() - started < 1
    frame = json.dumps({"project": project["id"], "name": "Web", "document": document()})
    padded = frame + " " * (_SIZE_LIMIT - len(frame))
    assert_problem(client.post(BLUEPRINTS, padded + " "), 413, "document-too-large")
    assert client.post(BLUEPRINTS, padded).status_code == 201


def test_ten_thousand_components_are_refused_quickly(acme: Tenant, api: Api) -> None:
    client = api(acme, "engineer")
    components = [
        {"id": f"n{each}", "type": "network", "properties": {"cidr": "10.0.0.0/16"}}
        for each in range(10_000)
    ]
    body = {"project": make_project(client)["id"], "name": "Web"}
    many = {**document(), "components": components}
    started = time.thread_time()
    refused = client.post(BLUEPRINTS, json.dumps({**body, "document": many}))
    assert time.thread_time() - started < 2
    problem = assert_problem(refused, 400, "invalid-document")
    assert "/document/components" in pointers(problem)
    few = {**document(), "components": components[:500]}
    assert client.post(BLUEPRINTS, {**body, "document": few}).status_code == 201


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", ""),
        ('{"name": NaN}', ""),
        ('{"name": "Web", "name": "Site"}', "/name"),
        ('{"document": {"cloud": "aws", "cloud": "azure"}}', "/document/cloud"),
        ("[" * 100_000, ""),
    ],
    ids=["cut", "nan", "twice", "twice-inside", "deep"],
)
def test_a_body_that_can_be_read_in_two_ways_is_refused(
    acme: Tenant, api: Api, text: str, place: str
) -> None:
    refused = api(acme, "engineer").post(BLUEPRINTS, text)
    assert pointers(assert_problem(refused, 400, "invalid-document")) == [place]


def test_a_body_of_another_type_is_refused(acme: Tenant, api: Api) -> None:
    refused = api(acme, "engineer").post(BLUEPRINTS, "a=b", "application/x-www-form-urlencoded")
    assert refused.status_code == 415


def test_a_consultant_changes_only_their_own(tenant: Tenant, api: Api) -> None:
    consultant, admin = api(tenant, "consultant"), api(tenant, "admin")
    project = make_project(admin)
    theirs, own = make_blueprint(admin, project), make_blueprint(consultant, project, "Own")
    for blueprint, status in ((theirs, 403), (own, 200)):
        url = f"{BLUEPRINTS}{blueprint['id']}/"
        tag = {"If-Match": consultant.get(url).headers["ETag"]}
        changed = consultant.patch(url, {"description": "x"}, headers=tag)
        assert changed.status_code == status


def test_nothing_can_be_attached_to_another_tenants_project(rivals: Rivals, api: Api) -> None:
    theirs = make_project(api(rivals.victim, "admin"))
    attacker = api(rivals.attacker, "admin")
    answers: list[dict[str, Any]] = []
    for project in (theirs["id"], NOWHERE):
        body = {"project": project, "name": "Web", "document": document()}
        refused = assert_problem(attacker.post(BLUEPRINTS, body), 404, "project-not-found")
        refused.pop("request_id")
        answers.append(refused)
    assert answers[0] == answers[1]
    with tenant_scope(rivals.victim):
        assert not Blueprint.objects.exists()
    make_blueprint(attacker, make_project(attacker))
