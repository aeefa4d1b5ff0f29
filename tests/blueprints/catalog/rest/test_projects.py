from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from tests.blueprints.catalog.rest.builders import (
    NOWHERE,
    PROJECTS,
    assert_problem,
    make_blueprint,
    make_project,
    pointers,
)

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Api, Rivals


def test_a_project_is_made_read_changed_and_deleted(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "admin")
    made = client.post(PROJECTS, {"name": "Shop", "description": "Sells things"})
    assert made.status_code == 201
    url = made.headers["Location"]
    assert url == f"{PROJECTS}{made.json()['id']}/"
    assert client.user is not None
    assert made.json()["created_by"] == str(client.user.pk)
    read = client.get(url)
    assert read.json() == made.json()
    assert read.headers["ETag"] == made.headers["ETag"]
    assert client.get(url, headers={"If-None-Match": read.headers["ETag"]}).status_code == 304
    changed = client.patch(url, {"name": "Store"}, headers={"If-Match": read.headers["ETag"]})
    assert (changed.status_code, changed.json()["name"]) == (200, "Store")
    assert changed.json()["description"] == "Sells things"
    assert changed.json()["revision"] == 2
    assert client.get(url, headers={"If-None-Match": read.headers["ETag"]}).status_code == 200
    gone = client.delete(url, headers={"If-Match": changed.headers["ETag"]})
    assert gone.status_code == 204
    assert_problem(client.get(url), 404, "not-found")


def test_of_two_writers_one_is_told(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "admin")
    url = f"{PROJECTS}{make_project(client)['id']}/"
    tag = client.get(url).headers["ETag"]
    assert client.patch(url, {"name": "One"}, headers={"If-Match": tag}).status_code == 200
    second = client.patch(url, {"name": "Two"}, headers={"If-Match": tag})
    assert_problem(second, 412, "precondition-failed")
    assert_problem(client.delete(url, headers={"If-Match": tag}), 412, "precondition-failed")
    assert client.get(url).json()["name"] == "One"


@pytest.mark.parametrize(("method", "status"), [("patch", 200), ("delete", 204)])
def test_a_change_must_say_what_it_is_based_on(
    tenant: Tenant, api: Api, method: str, status: int
) -> None:
    client = api(tenant, "admin")
    url = f"{PROJECTS}{make_project(client)['id']}/"
    body = {} if method == "patch" else ""
    assert_problem(getattr(client, method)(url, body), 428, "precondition-required")
    tag = client.get(url).headers["ETag"]
    assert getattr(client, method)(url, body, headers={"If-Match": tag}).status_code == status


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"name": "a\nb"}, "/name"),
        ({"name": {"x": 1}}, "/name"),
        ({"name": "Shop", "description": "x" * 2001}, "/description"),
        ({"name": "Shop", "created_by": NOWHERE}, "/created_by"),
        ({"name": "Shop", "tenant_id": NOWHERE}, "/tenant_id"),
        ({"name": "Shop", "id": NOWHERE}, "/id"),
    ],
)
def test_a_bad_project_is_refused_with_its_place(
    acme: Tenant, api: Api, body: dict[str, object], place: str
) -> None:
    client = api(acme, "admin")
    response = client.post(PROJECTS, body)
    assert response.status_code == 400
    assert pointers(response.json()) == [place]
    assert client.get(PROJECTS).json()["results"] == []
    make_project(client)


def test_a_taken_name_is_a_conflict(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "admin")
    make_project(client, "Shop")
    taken = assert_problem(client.post(PROJECTS, {"name": "SHOP"}), 409, "name-taken")
    assert pointers(taken) == ["/name"]
    make_project(client, "Shop 2")


def test_a_project_with_blueprints_stays(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "admin")
    project = make_project(client)
    make_blueprint(client, project)
    url = f"{PROJECTS}{project['id']}/"
    tag = client.get(url).headers["ETag"]
    refused = client.delete(url, headers={"If-Match": tag})
    assert_problem(refused, 409, "project-not-empty")
    assert client.get(url).status_code == 200


def test_lists_are_filtered_ordered_and_paged(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "admin")
    for name in ("Beta", "alpha", "Alpine", "Gamma"):
        make_project(client, name)

    def names(query: str) -> list[str]:
        return [each["name"] for each in client.get(PROJECTS + query).json()["results"]]

    assert names("") == ["Gamma", "Alpine", "alpha", "Beta"]
    assert names("?search=ALP&ordering=created_at") == ["alpha", "Alpine"]
    assert names("?search=MM") == ["Gamma"]
    assert names("?search=pine AL") == ["Alpine"]
    assert names("?search=%25") == names("?search=_") == []
    assert names("?name=ALPHA") == ["alpha"]
    assert names("?name=alph") == []
    assert client.user is not None
    assert len(names(f"?created_by={client.user.pk}")) == 4
    assert names(f"?created_by={uuid.uuid4()}") == []
    assert names("?ordering=-created_at&page_size=1") == ["Gamma"]
    seen, url = [], f"{PROJECTS}?page_size=1&ordering=name"
    while url:
        page = client.get(url).json()
        seen += [each["name"] for each in page["results"]]
        url = page["next"]
    assert seen == ["alpha", "Alpine", "Beta", "Gamma"]
    assert names("?ordering=-name") == seen[::-1]


@pytest.mark.parametrize("query", ["created_by=me", "nmae=Shop", "ordering=tenant_id", "cursor=x"])
def test_a_bad_query_is_refused(acme: Tenant, api: Api, query: str) -> None:
    client = api(acme, "admin")
    assert client.get(f"{PROJECTS}?{query}").status_code == 400
    assert client.get(f"{PROJECTS}?search=x&ordering=name").status_code == 200


def test_a_system_engineer_changes_only_their_own(tenant: Tenant, api: Api) -> None:
    owner, other = api(tenant, "engineer", "owner"), api(tenant, "engineer", "other")
    url = f"{PROJECTS}{make_project(owner)['id']}/"
    tag = {"If-Match": other.get(url).headers["ETag"]}
    assert_problem(other.patch(url, {"name": "Mine"}, headers=tag), 403, "permission-denied")
    assert owner.get(url).json()["name"] == "Shop"
    assert owner.patch(url, {"name": "Mine"}, headers=tag).status_code == 200


def test_a_viewer_reads_and_no_more(tenant: Tenant, api: Api) -> None:
    url = f"{PROJECTS}{make_project(api(tenant, 'admin'))['id']}/"
    viewer = api(tenant, "viewer")
    tag = {"If-Match": viewer.get(url).headers["ETag"]}
    assert_problem(viewer.post(PROJECTS, {"name": "Mine"}), 403, "permission-denied")
    assert_problem(viewer.patch(url, {"name": "Mine"}, headers=tag), 403, "permission-denied")
    assert_problem(viewer.delete(url, headers=tag), 403, "permission-denied")
    assert [each["name"] for each in viewer.get(PROJECTS).json()["results"]] == ["Shop"]


def test_another_tenants_project_is_as_if_it_were_not(rivals: Rivals, api: Api) -> None:
    theirs = make_project(api(rivals.victim, "admin"))
    attacker = api(rivals.attacker, "admin")
    for method in ("get", "patch", "delete"):
        foreign = getattr(attacker, method)(f"{PROJECTS}{theirs['id']}/")
        absent = getattr(attacker, method)(f"{PROJECTS}{NOWHERE}/")
        assert foreign.status_code == absent.status_code == 404
        assert without_identity(foreign.json()) == without_identity(absent.json())
    assert attacker.get(PROJECTS).json()["results"] == []
    make_project(attacker, "Shop")


def without_identity(problem: dict[str, object]) -> dict[str, object]:
    return {name: problem[name] for name in problem if name not in {"instance", "request_id"}}
