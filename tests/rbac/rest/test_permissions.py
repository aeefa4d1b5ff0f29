"""What roles can be made of, as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.common.permissions import Scope, declared

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Api

PERMISSIONS, ROLES = "/api/v1/permissions/", "/api/v1/roles/"


def test_it_holds_what_can_be_held_here_and_no_more(tenant: Tenant, api: Api) -> None:
    shown = {each["name"]: each for each in api(tenant).get(PERMISSIONS).json()["results"]}
    here = {p.name: p for p in declared() if set(p.scopes) != {Scope.GLOBAL}}
    assert list(shown) == sorted(here)
    for name, permission in here.items():
        scopes = [scope for scope in permission.scopes if scope is not Scope.GLOBAL]
        assert shown[name]["scopes"] == scopes
        assert shown[name]["description"] == permission.description
        assert shown[name]["delegable"] is permission.delegable


def test_a_role_of_everything_in_it_can_be_made(tenant: Tenant, api: Api) -> None:
    admin = api(tenant)
    results = admin.get(PERMISSIONS).json()["results"]
    for scope in (0, -1):
        body = {
            "name": f"Everything {scope}",
            "permissions": {each["name"]: each["scopes"][scope] for each in results},
        }
        made = admin.post(ROLES, body)
        assert made.status_code == 201, made.content
        assert made.json()["permissions"] == body["permissions"]


def test_the_operator_sees_the_scope_that_only_they_have(operator: Tenant, api: Api) -> None:
    results = api(operator, "operator").get(PERMISSIONS).json()["results"]
    assert [each["name"] for each in results] == [p.name for p in declared()]
    assert any("global" in each["scopes"] for each in results)


def test_it_is_not_sent_again_while_it_stays_the_same(tenant: Tenant, api: Api) -> None:
    admin = api(tenant)
    first = admin.get(PERMISSIONS)
    again = admin.get(PERMISSIONS, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert admin.get(f"{PERMISSIONS}?scope=own").status_code == 400
