"""Other blueprints through the API: checking a document tells no more than creating it would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from blueprints.catalog.documents import NamedVersion, needed_of
from rbac.access.holdings import Limits
from rbac.services.grants import grant_role
from rbac.services.roles import find_role
from rbac.services.tokens import create_token
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.api_client import ApiClient
from tests.blueprints.catalog.rest.builders import (
    BLUEPRINTS,
    NOWHERE,
    assert_problem,
    make_blueprint,
    make_project,
)
from tests.blueprints.catalog.services.documents import document
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Api, Rivals

VALIDATE = f"{BLUEPRINTS}validate/"


#: By the type of a component, in which member its document is carried what it names.
MEMBERS = {"module": "modules", "remote_state": "remote_states"}
THERE = {**document(), "backend": {"gcs": {"bucket": "states"}}}


@pytest.fixture(params=MEMBERS)
def kind(request: pytest.FixtureRequest) -> str:
    """What a document does with another blueprint: has it within, or reads its outputs."""
    return str(request.param)


def using(kind: str, blueprint_id: str, **members: Any) -> dict[str, Any]:
    properties = {"blueprint": blueprint_id, "version": 1}
    used = {"id": "net", "type": kind, "properties": properties}
    return {"cloud": "aws", "region": "us-east-1", "components": [used], **members}


def forged(kind: str, blueprint_id: str) -> dict[str, Any]:
    """What an author claims that a version is."""
    said = needed_of(NamedVersion(kind, blueprint_id, 1), THERE)
    return {MEMBERS[kind]: {f"{blueprint_id}@1": said}}


def author_in(tenant: Tenant, project: dict[str, Any]) -> ApiClient:
    """Somebody who writes blueprints in one project, and sees no other."""
    limits = Limits(frozenset({UUID(project["id"])}))
    with tenant_scope(tenant):
        person = create_user(username="author", actor=ACTOR)
        grant_role(person, find_role("system-engineer"), limits=limits, actor=ACTOR)
        _, token = create_token(person, name="tests", actor=ACTOR)
    return ApiClient(tenant, user=person, token=token)


def assert_not_found(client: ApiClient, project: dict[str, Any], used: dict[str, Any]) -> None:
    created = {"project": project["id"], "name": "Host", "document": used}
    for url, body in ((VALIDATE, {"document": used}), (BLUEPRINTS, created)):
        refused = assert_problem(client.post(url, body), 400, "invalid-document")
        (problem,) = refused["errors"]
        assert problem["code"] == "unknown-blueprint"
        assert problem["pointer"] == "/document/components/0/properties/blueprint"


def test_a_document_is_checked_with_the_modules_that_its_author_may_see(
    kind: str, tenant: Tenant, api: Api
) -> None:
    admin = api(tenant, "admin")
    shared, own = make_project(admin, "Shared"), make_project(admin, "Own")
    there, here = (make_blueprint(admin, each, document=THERE) for each in (shared, own))
    author = author_in(tenant, own)
    assert_not_found(author, own, using(kind, there["id"]))
    assert_not_found(author, own, using(kind, there["id"], **forged(kind, there["id"])))
    assert_not_found(author, own, using(kind, NOWHERE, **forged(kind, NOWHERE)))
    checked = author.post(VALIDATE, {"document": using(kind, here["id"])})
    assert (checked.status_code, checked.json()["warnings"]) == (200, [])
    assert admin.post(VALIDATE, {"document": using(kind, there["id"])}).status_code == 200


def test_another_tenants_blueprint_is_not_there(kind: str, rivals: Rivals, api: Api) -> None:
    mine, theirs = (api(each, "admin") for each in rivals)
    foreign = make_blueprint(theirs, make_project(theirs), document=THERE)
    assert_not_found(mine, make_project(mine), using(kind, foreign["id"]))
    assert theirs.post(VALIDATE, {"document": using(kind, foreign["id"])}).status_code == 200


def test_the_next_version_of_a_blueprint_is_checked_as_it_would_be_saved(
    kind: str, tenant: Tenant, api: Api
) -> None:
    admin = api(tenant, "admin")
    project = make_project(admin)
    inner = make_blueprint(admin, project, document=THERE)
    host = make_blueprint(admin, project, "Host", document=using(kind, inner["id"]))
    address = f"{BLUEPRINTS}{inner['id']}/"
    tag = admin.get(address).headers["ETag"]
    assert admin.delete(address, headers={"If-Match": tag}).status_code == 204
    assert_not_found(admin, project, using(kind, inner["id"]))
    kept = admin.post(VALIDATE, {"document": using(kind, inner["id"]), "blueprint": host["id"]})
    assert (kept.status_code, kept.json()["warnings"]) == (200, [])
    emptied = {**using(kind, inner["id"]), "components": [{"id": "jobs", "type": "queue"}]}
    checked = admin.post(VALIDATE, {"document": emptied, "blueprint": host["id"]}).json()
    assert admin.post(VALIDATE, {"document": emptied}).json()["warnings"] == []
    saved = admin.post(f"{BLUEPRINTS}{host['id']}/versions/", {"document": emptied}).json()
    assert checked["warnings"] == saved["warnings"]
    other = make_blueprint(admin, project, "Other", document=emptied)
    again = {"components": [{"id": "tasks", "type": "queue"}]}
    found = admin.post(VALIDATE, {"document": {**emptied, **again}, "blueprint": other["id"]})
    assert [each["code"] for each in found.json()["warnings"]] == ["component-renamed"]


def test_a_blueprint_that_is_not_seen_is_not_compared_with(
    tenant: Tenant, api: Api, rivals: Rivals
) -> None:
    admin = api(tenant, "admin")
    shared, own = make_project(admin, "Shared"), make_project(admin, "Own")
    closed = make_blueprint(admin, shared)
    author = author_in(tenant, own)
    foreign = api(rivals.victim, "admin")
    theirs = make_blueprint(foreign, make_project(foreign, "Theirs"))
    for blueprint in (closed, theirs):
        body = {"document": document(), "blueprint": blueprint["id"]}
        assert_problem(author.post(VALIDATE, body), 404, "blueprint-not-found")
    open_to_all = make_blueprint(admin, own, "Open")
    assert author.post(VALIDATE, {**body, "blueprint": open_to_all["id"]}).status_code == 200
