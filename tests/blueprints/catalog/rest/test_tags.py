from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from blueprints.catalog.services.blueprints import create_blueprint
from blueprints.catalog.services.projects import create_project
from blueprints.catalog.services.tags import remove_tag, tag_version
from iac_platform.common.errors import RevisionConflict
from tests.blueprints.catalog.rest.builders import (
    BLUEPRINTS,
    NOWHERE,
    assert_problem,
    make_blueprint,
    make_project,
    pointers,
    versions_url,
)
from tests.blueprints.catalog.services.documents import document
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.api_client import ApiClient
    from tests.conftest import Api, Rivals


def tags_url(blueprint: dict[str, Any], name: str = "") -> str:
    return f"{BLUEPRINTS}{blueprint['id']}/tags/{name}"


def two_versions(client: ApiClient) -> dict[str, Any]:
    blueprint = make_blueprint(client, make_project(client))
    client.post(versions_url(blueprint), {"document": document(cidr="10.1.0.0/16")})
    return blueprint


def test_a_tag_is_made_moved_and_removed(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "engineer")
    blueprint = two_versions(client)
    url = tags_url(blueprint, "production/")
    untagged = client.get(versions_url(blueprint, "1/"))
    made = client.put(url, {"version": 1})
    assert (made.status_code, made.json()["version"]) == (201, 1)
    assert client.get(url).json() == made.json()
    tagged = client.get(versions_url(blueprint, "1/"))
    assert tagged.json()["tags"] == ["production"]
    assert tagged.headers["ETag"] != untagged.headers["ETag"]
    moved = client.put(url, {"version": 2}, headers={"If-Match": made.headers["ETag"]})
    assert (moved.status_code, moved.json()["version"]) == (200, 2)
    listed = client.get(versions_url(blueprint)).json()["results"]
    assert [each["tags"] for each in listed] == [["production"], []]
    assert client.delete(url).status_code == 204
    assert client.get(versions_url(blueprint, "2/")).json()["tags"] == []
    assert_problem(client.get(url), 404, "tag-not-found")
    assert_problem(client.delete(url), 404, "tag-not-found")


def test_a_version_is_found_by_its_tag(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "engineer")
    blueprint = two_versions(client)
    for number in (1, 2):
        client.put(tags_url(blueprint, "production/"), {"version": number})
        tagged = client.get(versions_url(blueprint, "production/"))
        assert tagged.json() == client.get(versions_url(blueprint, f"{number}/")).json()
    assert client.get(versions_url(blueprint, "production/diff/")).json()["number"] == 2
    assert_problem(client.get(versions_url(blueprint, "staging/")), 404, "version-not-found")
    assert client.get(versions_url(blueprint, "Production/")).status_code == 404


def test_tags_are_listed_by_name(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "engineer")
    blueprint = two_versions(client)
    for name, version in (("staging", 2), ("production", 1), ("candidate", 2)):
        client.put(tags_url(blueprint, f"{name}/"), {"version": version})
    listed = client.get(tags_url(blueprint)).json()["results"]
    assert [each["name"] for each in listed] == ["candidate", "production", "staging"]
    assert [each["version"] for each in listed] == [2, 1, 2]
    assert client.get(versions_url(blueprint, "2/")).json()["tags"] == ["candidate", "staging"]


def test_of_two_movers_one_is_told(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "engineer")
    blueprint = two_versions(client)
    url = tags_url(blueprint, "production/")
    tag = {"If-Match": client.put(url, {"version": 1}).headers["ETag"]}
    assert client.put(url, {"version": 2}, headers=tag).status_code == 200
    assert_problem(client.put(url, {"version": 1}, headers=tag), 412, "precondition-failed")
    assert_problem(client.delete(url, headers=tag), 412, "precondition-failed")
    fresh = tags_url(blueprint, "fresh/")
    assert_problem(client.put(fresh, {"version": 1}, headers=tag), 412, "precondition-failed")
    assert client.get(url).json()["version"] == 2
    assert client.get(fresh).status_code == 404


def test_any_tag_that_exists_may_be_moved_and_none_is_made(acme: Tenant, api: Api) -> None:
    client = api(acme, "engineer")
    url, any_revision = tags_url(two_versions(client), "production/"), {"If-Match": "*"}
    missing = client.put(url, {"version": 1}, headers=any_revision)
    assert "does not exist" in assert_problem(missing, 412, "precondition-failed")["title"]
    assert client.get(url).status_code == 404
    assert client.put(url, {"version": 1}).status_code == 201
    assert client.put(url, {"version": 2}, headers=any_revision).status_code == 200
    for garbage in ("1", "banana", '"1', ""):
        refused = client.put(url, {"version": 1}, headers={"If-Match": garbage})
        assert "in quotes" in assert_problem(refused, 400, "bad-request")["detail"]
    assert client.get(url).json()["version"] == 2


def test_a_tag_that_was_removed_meanwhile_is_not_made_again(in_scope: Tenant) -> None:
    project = create_project(name="Shop", actor=ACTOR)
    blueprint = create_blueprint(project, name="Net", document=document(), actor=ACTOR)
    version = blueprint.versions.get()
    tag, _ = tag_version(version, name="production", actor=ACTOR)
    remove_tag(tag, actor=ACTOR)
    with pytest.raises(RevisionConflict, match="was removed"):
        tag_version(version, name="production", actor=ACTOR, revision=tag.revision)
    assert in_scope.slug
    assert not blueprint.tags.exists()
    assert tag_version(version, name="production", actor=ACTOR)[1]


def test_a_tag_names_a_version_that_exists(acme: Tenant, api: Api) -> None:
    client = api(acme, "engineer")
    url = tags_url(two_versions(client), "production/")
    assert_problem(client.put(url, {"version": 3}), 404, "version-not-found")
    for wrong in (0, "x", None, 10**12):
        refused = client.put(url, {"version": wrong})
        assert pointers(assert_problem(refused, 400, "validation-failed")) == ["/version"]
    assert client.get(url).status_code == 404
    assert client.put(url, {"version": 2}).status_code == 201


@pytest.mark.parametrize("name", ["latest", "1", "Production", "a%20b", "x" * 64])
def test_a_tag_must_fit_into_an_address(acme: Tenant, api: Api, name: str) -> None:
    client = api(acme, "engineer")
    blueprint = two_versions(client)
    refused = client.put(tags_url(blueprint, f"{name}/"), {"version": 1})
    assert set(pointers(assert_problem(refused, 400, "invalid-fields"))) == {"/name"}
    assert client.get(tags_url(blueprint)).json()["results"] == []
    assert client.put(tags_url(blueprint, "v1.0/"), {"version": 1}).status_code == 201


def test_a_viewer_reads_tags_and_no_more(tenant: Tenant, api: Api) -> None:
    admin, viewer = api(tenant, "admin"), api(tenant, "viewer")
    blueprint = two_versions(admin)
    url = tags_url(blueprint, "production/")
    admin.put(url, {"version": 1})
    assert_problem(viewer.put(url, {"version": 2}), 403, "permission-denied")
    assert_problem(viewer.delete(url), 403, "permission-denied")
    assert viewer.get(url).json()["version"] == 1
    added = viewer.put(tags_url(blueprint, "absent/"), {"version": 1})
    assert_problem(added, 403, "permission-denied")


def test_another_tenants_tags_are_as_if_they_were_not(rivals: Rivals, api: Api) -> None:
    owner, attacker = api(rivals.victim, "admin"), api(rivals.attacker, "admin")
    theirs = two_versions(owner)
    owner.put(tags_url(theirs, "production/"), {"version": 1})
    for name, method in (
        ("", "get"),
        *(("production/", each) for each in ("get", "put", "delete")),
    ):
        answers = []
        for blueprint in (theirs, {"id": NOWHERE}):
            data = {"version": 2} if method == "put" else ""
            response = getattr(attacker, method)(tags_url(blueprint, name), data)
            assert response.status_code == 404
            answers.append({**response.json(), "instance": "", "request_id": ""})
        assert answers[0] == answers[1]
    assert owner.get(tags_url(theirs, "production/")).json()["version"] == 1
