"""Granting and revoking over the API: nobody gives what they do not hold, and an admin stays."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections

from iac_platform.common.permissions import Scope
from rbac import system_roles
from rbac.models import AuditEntry, Role, RoleGrant
from rbac.services.tokens import create_token
from rbac.services.users import create_user
from rbac.system_roles import SystemRole
from tenants.context import tenant_scope
from tests.api_client import ApiClient
from tests.conftest import ACTOR, Api, Person

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.throwaway import ThrowawayTenants

ROLES = "/api/v1/roles/"


def one(user: Any) -> str:
    return f"/api/v1/users/{user.pk}/"


def grants(tenant: Tenant) -> tuple[int, int]:
    """How many roles are granted, and how many entries but denials the audit log has."""
    with tenant_scope(tenant):
        return RoleGrant.objects.count(), AuditEntry.objects.exclude(action="access.denied").count()


def test_a_tenant_sees_its_roles_and_all_that_they_allow(tenant: Tenant, api: Api) -> None:
    shown = api(tenant).get(ROLES).json()["results"]
    assert {role["key"] for role in shown} == {
        key for key, role in system_roles.BY_KEY.items() if not role.operator_only
    }
    viewer = next(role for role in shown if role["key"] == "viewer")
    assert viewer["permissions"]["blueprint.view"] == "tenant"
    assert "tenant.view" not in {name for role in shown for name in role["permissions"]}


def test_a_role_is_granted_once_and_revoked_once(tenant: Tenant, api: Api, person: Person) -> None:
    admin, user = api(tenant), person(tenant, "viewer")
    before = grants(tenant)
    for _ in range(2):
        granted = admin.post(f"{one(user)}roles/", {"role": "system-engineer"})
        assert granted.status_code == 200
        assert granted.json()["roles"] == ["system-engineer", "viewer"]
    assert grants(tenant) == (before[0] + 1, before[1] + 1)
    for _ in range(2):
        assert admin.delete(f"{one(user)}roles/system-engineer/").status_code == 204
    assert grants(tenant) == (before[0], before[1] + 2)
    assert admin.delete(f"{one(user)}roles/no-such-role/").status_code == 404


def test_a_role_works_and_ends_with_the_next_request(tenant: Tenant, api: Api) -> None:
    admin, viewer = api(tenant), api(tenant, "viewer")
    assert viewer.get(ROLES).status_code == 403
    admin.post(f"{one(viewer.user)}roles/", {"role": "enterprise-architect"})
    assert viewer.get(ROLES).status_code == 200
    admin.delete(f"{one(viewer.user)}roles/enterprise-architect/")
    assert viewer.get(ROLES).status_code == 403


@pytest.fixture
def personnel(monkeypatch: pytest.MonkeyPatch) -> SystemRole:
    """A role that may add people and grant, and little else: no system role is like that yet."""
    grants = {
        "user.*": Scope.TENANT,
        "role.*": Scope.TENANT,
        "token.create": Scope.OWN,
        "token.view": Scope.OWN,
        "token.delete": Scope.OWN,
    }
    role = SystemRole("consultant", "Consultant", "For people.", grants)
    monkeypatch.setattr(system_roles, "BY_KEY", {**system_roles.BY_KEY, "consultant": role})
    monkeypatch.setattr("rbac.services.roles.BY_KEY", system_roles.BY_KEY)
    system_roles.effective.cache_clear()
    return role


@pytest.fixture(autouse=True)
def _forget_roles(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What a test pretended about roles is not remembered."""
    yield
    monkeypatch.undo()
    system_roles.effective.cache_clear()


@pytest.mark.usefixtures("personnel")
def test_nobody_gives_or_takes_more_than_they_hold(
    tenant: Tenant, api: Api, person: Person
) -> None:
    personnel, user, admin = api(tenant, "consultant"), person(tenant, "viewer"), person(tenant)
    before = grants(tenant)
    requests = (
        lambda: personnel.post(f"{one(user)}roles/", {"role": "admin"}),
        lambda: personnel.post(f"{one(personnel.user)}roles/", {"role": "admin"}),
        lambda: personnel.post("/api/v1/users/", {"username": "mole", "roles": ["admin"]}),
        lambda: personnel.delete(f"{one(admin)}roles/admin/"),
    )
    for request in requests:
        refused = request()
        assert (refused.status_code, refused.json()["code"]) == (403, "cannot-grant")
    assert grants(tenant) == before
    assert personnel.post(f"{one(user)}roles/", {"role": "consultant"}).status_code == 200


@pytest.mark.parametrize("path", ["revoke", "deactivate"])
def test_the_last_admin_stays(tenant: Tenant, api: Api, person: Person, path: str) -> None:
    admin = api(tenant)

    def remove(user: Any) -> Any:
        if path == "revoke":
            return admin.delete(f"{one(user)}roles/admin/")
        return admin.patch(one(user), {"is_active": False}, headers={"If-Match": "*"})

    before = grants(tenant)
    refused = remove(admin.user)
    assert (refused.status_code, refused.json()["code"]) == (409, "last-admin")
    assert grants(tenant) == before
    assert admin.get("/api/v1/me/").status_code == 200
    expected = {"revoke": 204, "deactivate": 200}[path]
    assert remove(person(tenant, "admin", "another-admin")).status_code == expected


@pytest.mark.parametrize("path", ["revoke", "deactivate"])
@pytest.mark.parametrize("tier", ["standard", "enterprise"])
def test_two_last_admins_cannot_remove_each_other_at_once(
    committed_tenants: ThrowawayTenants, tier: str, path: str
) -> None:
    tenant = committed_tenants(tier)
    admins = [_admin(tenant, name) for name in ("ann", "bob")]
    together = Barrier(len(admins))

    def remove(pair: tuple[ApiClient, ApiClient]) -> int:
        admin, other = pair
        together.wait()
        try:
            if path == "revoke":
                return int(admin.delete(f"{one(other.user)}roles/admin/").status_code)
            return int(
                admin.patch(
                    one(other.user), {"is_active": False}, headers={"If-Match": "*"}
                ).status_code
            )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(admins)) as threads:
        statuses = set(threads.map(remove, [tuple(admins), tuple(reversed(admins))]))
    # The loser finds itself the last one, or is no admin any more when it is asked.
    assert statuses & {200, 204}
    assert statuses & {401, 403, 404, 409}
    with tenant_scope(tenant):
        left = RoleGrant.objects.filter(role__key="admin", user__is_active=True)
        assert left.count() == 1


def _admin(tenant: Tenant, name: str) -> ApiClient:
    with tenant_scope(tenant):
        user = create_user(username=name, roles=["admin"], actor=ACTOR)
        _, token = create_token(user, name="tests", actor=ACTOR)
    return ApiClient(tenant, user=user, token=token)


def test_an_unknown_parent_is_answered_with_the_roles_that_there_are(
    tenant: Tenant, api: Api
) -> None:
    body = {"name": "Reviewer", "inherits": ["viewer", "no-such-role"]}
    refused = api(tenant).post("/api/v1/roles/", body)
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown-role")
    assert "'no-such-role'" in refused.json()["detail"]
    # Not the one that was about to be.
    assert "reviewer" not in refused.json()["detail"]
    with tenant_scope(tenant):
        assert not Role.objects.filter(name="Reviewer").exists()
