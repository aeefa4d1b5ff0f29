"""What Okta's "SCIM 2.0 SPEC" suite asks of a server, and how Okta changes users.

https://developer.okta.com/docs/guides/scim-provisioning-integration-prepare/main/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rbac.models import User
from tenants.context import tenant_scope
from tests.sso.scim.clients import ENTERPRISE, SCIM, USER, scim_client, user

if TYPE_CHECKING:
    from tenants.models import Tenant

_LIST = ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
_ERROR = ["urn:ietf:params:scim:api:messages:2.0:Error"]


def test_the_suite_from_beginning_to_end(tenant: Tenant) -> None:
    okta = scim_client(tenant)
    okta.add("grace@example.com")
    page = okta.send("GET", "/Users?count=1&startIndex=1")
    assert (page.status_code, page.headers["Content-Type"]) == (200, SCIM)
    assert page.json()["schemas"] == _LIST
    assert (page.json()["itemsPerPage"], page.json()["startIndex"]) == (1, 1)
    known = page.json()["Resources"][0]
    assert known["userName"] == "grace@example.com"
    found = okta.send("GET", f"/Users/{known['id']}")
    assert (found.status_code, found.json()["id"]) == (200, known["id"])

    nobody = okta.send("GET", '/Users?filter=userName eq "nobody@example.com"').json()
    assert (nobody["schemas"], nobody["totalResults"]) == (_LIST, 0)
    missing = okta.send("GET", "/Users/00919288221112222")
    assert (missing.status_code, missing.json()["schemas"]) == (404, _ERROR)
    assert (missing.json()["status"], bool(missing.json()["detail"])) == ("404", True)

    made = okta.add("Ada@example.com", externalId="00u1")
    assert made.status_code == 201
    assert made.headers["Location"] == made.json()["meta"]["location"]
    assert made.json()["name"] == {"givenName": "Ada", "familyName": "Byron"}
    again = okta.add("ada@EXAMPLE.com")
    assert (again.status_code, again.json()["scimType"]) == (409, "uniqueness")
    in_any_case = okta.send("GET", '/Users?filter=userName eq "ADA@example.com"').json()
    assert [each["id"] for each in in_any_case["Resources"]] == [made.json()["id"]]
    assert okta.send("GET", "/Groups").json()["totalResults"] == 0


def test_a_profile_is_replaced_and_a_user_deactivated_and_activated(tenant: Tenant) -> None:
    okta = scim_client(tenant)
    made = okta.add().json()
    path = f"/Users/{made['id']}"
    body = {**made, "name": {"givenName": "Augusta", "familyName": "King"}, "title": "Countess"}
    changed = okta.send("PUT", path, body)
    assert (changed.status_code, changed.json()["title"]) == (200, "Countess")
    assert changed.json()["meta"]["version"] != made["meta"]["version"]
    # Okta names no path, and active is a boolean.
    for active in (False, True):
        answer = okta.patch_with(path, {"op": "replace", "value": {"active": active}})
        assert (answer.status_code, answer.json()["active"]) == (200, active)
        with tenant_scope(tenant):
            known = User.objects.get(username="ada@example.com")
        assert (known.is_active, known.full_name) == (active, "Augusta King")


def test_a_group_is_pushed_renamed_and_removed(tenant: Tenant) -> None:
    okta = scim_client(tenant)
    ada, grace = (okta.add(f"{name}@example.com").json()["id"] for name in ("ada", "grace"))
    made = okta.add_group("Engineers", ada)
    assert made.status_code == 201
    path = f"/Groups/{made.json()['id']}"
    assert made.json()["members"][0]["value"] == ada
    renamed = {"op": "replace", "value": {"id": made.json()["id"], "displayName": "Builders"}}
    assert okta.patch_with(path, renamed).status_code == 204
    joined = {"op": "add", "path": "members", "value": [{"value": grace, "display": "grace"}]}
    left = {"op": "remove", "path": f'members[value eq "{ada}"]'}
    assert okta.patch_with(path, joined, left).status_code == 204
    group = okta.send("GET", path).json()
    assert (group["displayName"], [each["value"] for each in group["members"]]) == (
        "Builders",
        [grace],
    )
    assert okta.send("GET", f"/Users/{grace}").json()["groups"][0]["display"] == "Builders"
    replaced = {"op": "replace", "path": "members", "value": [{"value": ada}]}
    assert okta.patch_with(path, replaced).status_code == 204
    assert [each["value"] for each in okta.send("GET", path).json()["members"]] == [ada]
    assert okta.send("DELETE", path).status_code == 204
    assert okta.send("GET", path).status_code == 404


def test_what_is_sent_is_shown_again_but_never_a_password(tenant: Tenant) -> None:
    okta = scim_client(tenant)
    extension = {"department": "Research", "employeeNumber": "7", "manager": {"value": "26118915"}}
    sent = user() | {
        "password": "only-for-tests",
        "schemas": [USER, ENTERPRISE],
        "locale": "en-GB",
        "phoneNumbers": [{"value": "555-0100", "type": "work"}],
        "unknownAttribute": "ignored",
        ENTERPRISE: extension,
    }
    made = okta.send("POST", "/Users", sent)
    assert made.status_code == 201, made.content
    assert made.json()[ENTERPRISE] == extension
    assert made.json()["phoneNumbers"] == sent["phoneNumbers"]
    assert {"password", "unknownAttribute"}.isdisjoint(made.json())
    with tenant_scope(tenant):
        known = User.objects.get(username="ada@example.com")
        attributes = known.identities.get().scim_users.get().attributes
    assert not known.has_usable_password()
    assert "only-for-tests" not in str(attributes)
