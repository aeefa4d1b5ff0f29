"""What RFC 7644 asks beside the dialects: conditions, projections, pages, bulk, discovery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from psycopg.errors import DeadlockDetected

from sso.scim.protocol import storage
from tests.sso.scim.clients import GROUP, SCIM, ScimClient, scim_client, user

if TYPE_CHECKING:
    from tenants.models import Tenant

_BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


@pytest.fixture
def okta(acme: Tenant) -> ScimClient:
    return scim_client(acme)


def test_what_is_offered_is_said(okta: ScimClient) -> None:
    config = okta.send("GET", "/ServiceProviderConfig").json()
    assert all(config[name]["supported"] for name in ("patch", "bulk", "filter", "etag"))
    assert not any(config[name]["supported"] for name in ("sort", "changePassword"))
    types = okta.send("GET", "/ResourceTypes").json()["Resources"]
    assert {each["endpoint"] for each in types} == {"/Users", "/Groups"}
    schemas = okta.send("GET", "/Schemas").json()["Resources"]
    assert len(schemas) == 3
    for each in schemas:
        assert okta.send("GET", f"/Schemas/{each['id']}").json()["name"] == each["name"]


def test_conditions_hold(okta: ScimClient) -> None:
    made = okta.add()
    at, tag = f"/Users/{made.json()['id']}", made.headers["ETag"]
    assert okta.send("GET", at, HTTP_IF_NONE_MATCH=tag).status_code == 304
    off = {"op": "replace", "value": {"title": "Countess"}}
    assert okta.patch_with(at, off, HTTP_IF_MATCH='W/"0.0"').status_code == 412
    changed = okta.patch_with(at, off, HTTP_IF_MATCH=tag)
    assert (changed.status_code, changed.headers["ETag"] != tag) == (200, True)
    assert okta.send("GET", at, HTTP_IF_NONE_MATCH=tag).status_code == 200
    assert okta.send("DELETE", at, HTTP_IF_MATCH=tag).status_code == 412
    assert okta.patch_with(at, off).headers["ETag"] == changed.headers["ETag"]
    assert okta.send("DELETE", at, HTTP_IF_MATCH=changed.headers["ETag"]).status_code == 204


def test_only_what_is_asked_for_is_shown(okta: ScimClient) -> None:
    at = f"/Users/{okta.add(externalId='00u1').json()['id']}"
    asked = okta.send("GET", f"{at}?attributes=userName,name.familyName").json()
    assert asked.keys() == {"schemas", "id", "userName", "name"}
    assert asked["name"] == {"familyName": "Byron"}
    spared = okta.send("GET", f"{at}?excludedAttributes=emails,name").json()
    assert {"emails", "name"}.isdisjoint(spared)
    assert spared["externalId"] == "00u1"


def test_pages_follow_one_another_and_are_bounded(okta: ScimClient) -> None:
    for number in range(5):
        okta.add(f"user{number}@example.com")
    seen: list[str] = []
    for start in (1, 3, 5):
        page = okta.get("/scim/v2/Users", {"startIndex": start, "count": 2}).json()
        assert (page["totalResults"], page["startIndex"]) == (5, start)
        seen += [each["userName"] for each in page["Resources"]]
    assert seen == [f"user{number}@example.com" for number in range(5)]
    beyond = okta.get("/scim/v2/Users", {"startIndex": 99}).json()
    assert (beyond["totalResults"], beyond.get("Resources")) == (5, None) or not beyond["Resources"]
    assert okta.get("/scim/v2/Users", {"count": 10_000}).json()["itemsPerPage"] == 5


def test_bulk_makes_a_user_and_their_group_and_one_failure_stops_nothing(okta: ScimClient) -> None:
    group = {"displayName": "Engineers", "members": [{"value": "bulkId:ada"}]}
    operations: list[dict[str, Any]] = [
        {"method": "POST", "path": "/Users", "bulkId": "ada", "data": user()},
        {"method": "POST", "path": "/Users", "bulkId": "twin", "data": user()},
        {
            "method": "POST",
            "path": "/Groups",
            "bulkId": "group",
            "data": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], **group},
        },
    ]
    answer = okta.send("POST", "/Bulk", {"schemas": [_BULK], "Operations": operations})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, SCIM)
    assert [each["status"] for each in answer.json()["Operations"]] == ["201", "409", "201"]
    assert len(okta.send("GET", "/Groups").json()["Resources"][0]["members"]) == 1
    many = {"schemas": [_BULK], "Operations": operations * 40}
    assert okta.send("POST", "/Bulk", many).status_code == 413


@pytest.mark.parametrize(
    ("failure", "status", "logged"),
    [
        (OperationalError("deadlock"), "503", False),
        (ValueError("a defect, with a secret"), "500", True),
    ],
    ids=["busy", "defect"],
)
def test_what_fails_in_bulk_can_be_tried_again_or_is_logged(
    okta: ScimClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    failure: Exception,
    status: str,
    logged: bool,
) -> None:
    failure.__cause__ = DeadlockDetected()

    def fails(*_: Any) -> None:
        raise failure

    monkeypatch.setattr(storage, "create_group", fails)
    group = {"schemas": [GROUP], "displayName": "Engineers"}
    operations = [
        {"method": "POST", "path": "/Groups", "bulkId": "group", "data": group},
        {"method": "POST", "path": "/Users", "bulkId": "ada", "data": user()},
    ]
    answer = okta.send("POST", "/Bulk", {"schemas": [_BULK], "Operations": operations})
    assert [each["status"] for each in answer.json()["Operations"]] == [status, "201"]
    assert "secret" not in answer.content.decode()
    assert ("scim_bulk_failed" in caplog.text) is logged


def test_a_request_costs_the_same_whatever_there_is(okta: ScimClient) -> None:
    def costs(*requests: tuple[str, str, Any]) -> list[int]:
        found = []
        for method, path, body in requests:
            with CaptureQueriesContext(connection) as queries:
                assert okta.send(method, path, body).status_code in {200, 201, 204}
            found.append(len(queries))
        return found

    def asked(number: int) -> list[int]:
        made = okta.add(f"first{number}@example.com").json()
        group = okta.add_group(f"Group {number}", *ids).json()
        joined = {"op": "add", "path": "members", "value": [{"value": made["id"]}]}
        return costs(
            ("GET", "/Users?count=200", None),
            ("GET", f'/Users?filter=userName eq "{made["userName"]}"', None),
            ("GET", f"/Groups/{group['id']}", None),
            ("GET", "/Groups?excludedAttributes=members", None),
            ("POST", "/Users", user(f"second{number}@example.com")),
            ("PATCH", f"/Users/{made['id']}", _patch({"op": "replace", "value": {"title": "x"}})),
            ("PATCH", f"/Groups/{group['id']}", _patch(joined)),
        )

    ids: list[str] = []
    asked(0)  # what is read once and kept
    ids.append(okta.add("only@example.com").json()["id"])
    few = asked(1)
    ids += [okta.add(f"more{number}@example.com").json()["id"] for number in range(12)]
    assert asked(2) == few


def _patch(operation: dict[str, Any]) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [operation],
    }
