from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog.documents import content_hash
from blueprints.catalog.models import BlueprintVersion
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
    from tests.api_client import ApiClient
    from tests.conftest import Api, Rivals

SECOND, THIRD = document(cidr="10.1.0.0/16"), document(cidr="10.2.0.0/16")


def made_by(client: ApiClient) -> dict[str, Any]:
    return make_blueprint(client, make_project(client))


def test_a_version_is_added_read_and_never_changes(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "engineer")
    blueprint = made_by(client)
    made = client.post(versions_url(blueprint), {"document": SECOND, "message": "Wider"})
    assert made.status_code == 201
    assert made.headers["Location"] == versions_url(blueprint, "2/")
    read = client.get(versions_url(blueprint, "2/"))
    assert read.json() == made.json()
    assert read.json()["document"] == SECOND
    assert read.json()["content_hash"] == content_hash(SECOND)
    assert (read.json()["message"], read.json()["blueprint"]) == ("Wider", blueprint["id"])
    assert client.get(versions_url(blueprint, "latest/")).json() == read.json()
    tag = {"If-None-Match": read.headers["ETag"]}
    assert client.get(versions_url(blueprint, "2/"), headers=tag).status_code == 304
    for method in ("put", "patch", "delete"):
        assert getattr(client, method)(versions_url(blueprint, "2/"), {}).status_code == 405
    assert client.get(f"{BLUEPRINTS}{blueprint['id']}/").json()["latest_version"] == 2


def test_the_same_document_again_is_answered_with_the_latest(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "engineer")
    blueprint = made_by(client)
    same = client.post(versions_url(blueprint), {"document": document()})
    assert (same.status_code, same.json()["number"]) == (200, 1)
    assert same.headers["Location"] == versions_url(blueprint, "1/")
    with tenant_scope(tenant):
        assert BlueprintVersion.objects.count() == 1


def test_of_two_writers_one_is_told(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "engineer")
    blueprint = made_by(client)
    url = f"{BLUEPRINTS}{blueprint['id']}/"
    tag = {"If-Match": client.get(url).headers["ETag"]}
    assert (
        client.post(versions_url(blueprint), {"document": SECOND}, headers=tag).status_code == 201
    )
    stale = client.post(versions_url(blueprint), {"document": THIRD}, headers=tag)
    assert_problem(stale, 412, "precondition-failed")
    body = {"document": THIRD, "base_version": 1}
    assert_problem(client.post(versions_url(blueprint), body), 412, "revision-conflict")
    assert client.get(url).json()["latest_version"] == 2
    assert client.post(versions_url(blueprint), {**body, "base_version": 2}).status_code == 201
    tag = {"If-Match": client.get(url).headers["ETag"]}
    assert (
        client.post(versions_url(blueprint), {"document": SECOND}, headers=tag).status_code == 201
    )


def test_what_is_wrong_with_a_document_is_told_with_its_place(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "engineer")
    blueprint = made_by(client)
    refused = client.post(versions_url(blueprint), {"document": dangling()})
    problem = assert_problem(refused, 400, "invalid-document")
    assert all(place.startswith("/document/components/1") for place in pointers(problem))
    assert len(client.get(versions_url(blueprint)).json()["results"]) == 1


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "/document"),
        ({"document": SECOND, "message": "x" * 501}, "/message"),
        ({"document": SECOND, "number": 7}, "/number"),
        ({"document": SECOND, "base_version": 0}, "/base_version"),
        ({"document": SECOND, "base_version": 10**12}, "/base_version"),
    ],
)
def test_a_bad_version_is_refused_with_its_place(
    acme: Tenant, api: Api, body: dict[str, object], place: str
) -> None:
    client = api(acme, "engineer")
    blueprint = made_by(client)
    refused = client.post(versions_url(blueprint), body)
    assert pointers(assert_problem(refused, 400, "validation-failed")) == [place]
    assert client.post(versions_url(blueprint), {"document": SECOND}).status_code == 201


def test_versions_are_listed_newest_first_without_documents(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "engineer")
    blueprint = made_by(client)
    for content in (SECOND, THIRD):
        client.post(versions_url(blueprint), {"document": content})
    first = client.get(f"{versions_url(blueprint)}?page_size=2").json()
    second = client.get(first["next"]).json()
    assert [each["number"] for each in first["results"] + second["results"]] == [3, 2, 1]
    assert all("document" not in each for each in first["results"])
    assert second["next"] is None


@pytest.mark.parametrize("number", ["0", "-1", "3", "01", "first", "1e3", "9" * 9, "9" * 30])
def test_an_unknown_version_is_not_found(acme: Tenant, api: Api, number: str) -> None:
    client = api(acme, "engineer")
    blueprint = made_by(client)
    assert client.get(versions_url(blueprint, f"{number}/")).status_code == 404
    assert client.get(versions_url(blueprint, "1/")).status_code == 200


def test_a_difference_is_told_from_the_version_before(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "engineer")
    blueprint = made_by(client)
    for content in (SECOND, THIRD):
        client.post(versions_url(blueprint), {"document": content})
    change = {
        "kind": "changed",
        "subject": "component",
        "id": "main",
        "pointer": "/properties/cidr",
        "old": "10.1.0.0/16",
        "new": "10.2.0.0/16",
    }
    answer = client.get(versions_url(blueprint, "3/diff/"))
    assert answer.json() == {
        "compare_to": 2,
        "number": 3,
        "changes": [change],
        "warnings": [],
        "more_warnings": 0,
    }
    further = client.get(versions_url(blueprint, "latest/diff/?compare_to=1")).json()
    assert further["changes"] == [{**change, "old": "10.0.0.0/16"}]
    assert client.get(versions_url(blueprint, "3/diff/?compare_to=3")).json()["changes"] == []


@pytest.mark.parametrize("compare_to", ["0", "-1", "x", "", "1.5", "²", "9" * 40])
def test_a_bad_comparison_is_refused(acme: Tenant, api: Api, compare_to: str) -> None:
    client = api(acme, "engineer")
    blueprint = made_by(client)
    refused = client.get(versions_url(blueprint, f"1/diff/?compare_to={compare_to}"))
    problem = assert_problem(refused, 400, "invalid-fields")
    assert problem["errors"][0]["parameter"] == "compare_to"
    absent = client.get(versions_url(blueprint, "1/diff/?compare_to=7"))
    assert_problem(absent, 404, "version-not-found")
    assert client.get(versions_url(blueprint, "1/diff/?compare_to=1")).status_code == 200


def test_the_first_version_has_none_before_it(acme: Tenant, api: Api) -> None:
    client = api(acme, "engineer")
    refused = client.get(versions_url(made_by(client), "1/diff/"))
    assert_problem(refused, 400, "invalid-fields")


def test_a_viewer_adds_nothing(tenant: Tenant, api: Api) -> None:
    blueprint = made_by(api(tenant, "admin"))
    viewer = api(tenant, "viewer")
    refused = viewer.post(versions_url(blueprint), {"document": SECOND})
    assert_problem(refused, 403, "permission-denied")
    assert len(viewer.get(versions_url(blueprint)).json()["results"]) == 1


def test_a_consultant_adds_versions_to_their_own_only(tenant: Tenant, api: Api) -> None:
    consultant, admin = api(tenant, "consultant"), api(tenant, "admin")
    project = make_project(admin)
    theirs, own = make_blueprint(admin, project), make_blueprint(consultant, project, "Own")
    refused = consultant.post(versions_url(theirs), {"document": SECOND})
    assert_problem(refused, 403, "permission-denied")
    assert consultant.get(versions_url(theirs, "2/")).status_code == 404
    assert consultant.post(versions_url(own), {"document": SECOND}).status_code == 201


@pytest.mark.parametrize("role", ["admin", "viewer"])
@pytest.mark.parametrize(
    ("method", "tail"),
    [("get", ""), ("post", ""), ("get", "1/"), ("get", "latest/"), ("get", "1/diff/?compare_to=1")],
)
def test_another_tenants_versions_are_as_if_they_were_not(
    rivals: Rivals, api: Api, role: str, method: str, tail: str
) -> None:
    theirs = made_by(api(rivals.victim, "admin"))
    attacker = api(rivals.attacker, role)
    answers = []
    for blueprint in (theirs, {"id": NOWHERE}):
        response = getattr(attacker, method)(
            versions_url(blueprint, tail), {"document": SECOND} if method == "post" else None
        )
        assert response.status_code == 404
        problem = response.json()
        answers.append({**problem, "instance": "", "request_id": ""})
    assert answers[0] == answers[1]
    with tenant_scope(rivals.victim):
        assert BlueprintVersion.objects.count() == 1
