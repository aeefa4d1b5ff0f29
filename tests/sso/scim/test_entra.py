"""What Entra ID's SCIM validator sends, in Entra's own dialect of PATCH.

https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups
https://learn.microsoft.com/entra/identity/app-provisioning/application-provisioning-config-problem-scim-compatibility
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rbac.models import User
from tenants.context import tenant_scope
from tests.sso.scim.clients import ENTERPRISE, USER, ScimClient, scim_client, user

if TYPE_CHECKING:
    from tenants.models import Tenant

_EXTERNAL_ID = "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"


def _made(entra: ScimClient) -> str:
    """A user as the validator creates one; the path."""
    body = user("ab6490ee@example.com", externalId=_EXTERNAL_ID, displayName="A B")
    body |= {"schemas": [USER, ENTERPRISE], ENTERPRISE: {"department": "Before"}}
    answer = entra.send("POST", "/Users", body)
    assert answer.status_code == 201, answer.content
    return f"/Users/{answer.json()['id']}"


@pytest.mark.parametrize(
    ("operation", "path", "value"),
    [
        pytest.param("Replace", "active", "False", id="a boolean as a text"),
        pytest.param("Add", "name.givenName", "Maria", id="a dotted path"),
        pytest.param("Replace", 'emails[type eq "work"].value', "m@example.com", id="an address"),
        pytest.param("Add", 'emails[type eq "home"].value', "h@example.com", id="another address"),
        pytest.param("Replace", f"{ENTERPRISE}:department", "After", id="the extension"),
        pytest.param("Add", f"{ENTERPRISE}:manager", "26118915", id="a manager by their id"),
        pytest.param("Replace", "userName", "Other@example.com", id="the name"),
    ],
)
def test_one_attribute_is_changed(acme: Tenant, operation: str, path: str, value: str) -> None:
    entra = scim_client(acme)
    at = _made(entra)
    answer = entra.patch_with(at, {"op": operation, "path": path, "value": value})
    assert answer.status_code == 200, answer.content
    assert value.lower() in str(entra.send("GET", at).json()).lower()


def test_several_are_changed_at_once_without_a_path(tenant: Tenant) -> None:
    entra = scim_client(tenant)
    at = _made(entra)
    value = {
        "displayName": "Maria Curie",
        "name.familyName": "Curie",
        f"{ENTERPRISE}:department": "Physics",
        "active": "False",
    }
    answer = entra.patch_with(at, {"op": "Replace", "value": value}).json()
    assert (answer["displayName"], answer["name"]["familyName"]) == ("Maria Curie", "Curie")
    assert (answer[ENTERPRISE]["department"], answer["active"]) == ("Physics", False)
    with tenant_scope(tenant):
        known = User.objects.get(username="ab6490ee@example.com")
    assert (known.full_name, known.is_active) == ("Maria Curie", False)


def test_users_are_found_by_what_entra_matches_them_by(acme: Tenant) -> None:
    entra = scim_client(acme)
    found_by = {
        f'externalId eq "{_EXTERNAL_ID}"': 1,
        f'externalId eq "{_EXTERNAL_ID.upper()}"': 0,
        'userName eq "AB6490EE@example.com"': 1,
        'emails[type eq "work"].value eq "ab6490ee@example.com"': 1,
        'emails[type eq "home"].value eq "ab6490ee@example.com"': 0,
        f'externalId eq "{_EXTERNAL_ID}" and userName eq "ab6490ee@example.com"': 1,
        'userName sw "ab" and not (active eq false)': 1,
        'displayName co "b" or userName eq "nobody"': 1,
        'name.familyName eq "byron"': 1,
        "title pr": 0,
        "externalId pr": 1,
    }
    _made(entra)
    for query, count in found_by.items():
        answer = entra.get("/scim/v2/Users", {"filter": query})
        assert (answer.status_code, answer.json()["totalResults"]) == (200, count), query


def test_a_group_gets_and_loses_members_and_is_read_without_them(tenant: Tenant) -> None:
    entra = scim_client(tenant)
    ada, grace = (entra.add(f"{name}@example.com").json()["id"] for name in ("ada", "grace"))
    made = entra.add_group("Engineers", externalId="8aa1a0c0").json()
    at = f"/Groups/{made['id']}"
    assert entra.patch_with(at, _op("Add", "members", ada)).status_code == 204
    assert entra.patch_with(at, _op("Add", "members", ada, grace)).status_code == 204
    assert _members(entra, at) == {ada, grace}
    spared = entra.get("/scim/v2/Groups", {"filter": 'displayName eq "engineers"'} | _SPARED)
    assert [("members" in each) for each in spared.json()["Resources"]] == [False]
    query = {"filter": f'id eq "{made["id"]}" and members eq "{ada}"'}
    assert entra.get("/scim/v2/Groups", query).json()["totalResults"] == 1
    # Entra names the members that go by a value, other providers by the path.
    assert entra.patch_with(at, _op("Remove", "members", ada)).status_code == 204
    assert _members(entra, at) == {grace}
    by_path = {"op": "Remove", "path": f'members[value eq "{grace}"]'}
    assert entra.patch_with(at, by_path).status_code == 204
    assert _members(entra, at) == set()
    renamed = {"op": "Replace", "path": "displayName", "value": "Builders"}
    assert entra.patch_with(at, renamed).status_code == 204
    assert entra.send("GET", at).json()["displayName"] == "Builders"


def test_a_disabled_user_is_deleted_and_the_same_name_comes_again(tenant: Tenant) -> None:
    entra = scim_client(tenant)
    at = _made(entra)
    assert entra.send("DELETE", at).status_code == 204
    for method, body in (("GET", None), ("DELETE", None), ("PUT", user())):
        assert entra.send(method, at, body).status_code == 404
    again = _made(entra)
    assert again != at
    with tenant_scope(tenant):
        new, old = User.objects.filter(username__startswith="ab6490ee").order_by("-created_at")
    assert (new.username, new.is_active, old.is_active) == ("ab6490ee@example.com", True, False)


_SPARED = {"excludedAttributes": "members"}


def _op(name: str, path: str, *members: str) -> dict[str, Any]:
    return {"op": name, "path": path, "value": [{"value": each} for each in members]}


def _members(entra: ScimClient, path: str) -> set[str]:
    return {each["value"] for each in entra.send("GET", path).json().get("members", ())}
