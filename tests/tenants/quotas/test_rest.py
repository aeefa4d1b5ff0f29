"""The endpoints: usage for tenants, usage and overrides for the operator, plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rbac.models import AuditEntry
from tenants.context import tenant_scope
from tenants.models import ServicePlan, Tenant
from tests.tenants.quotas.conftest import limited, usage

if TYPE_CHECKING:
    from tests.conftest import Api

USAGE = "/api/v1/usage/"


def usage_of(tenant: Tenant) -> str:
    return f"/api/v1/tenants/{tenant.pk}/usage/"


def overrides_of(tenant: Tenant) -> Any:
    return Tenant.objects.get(pk=tenant.pk).quota_overrides


def test_a_tenant_sees_every_quota_of_its_own(tenant: Tenant, api: Api) -> None:
    client = api(tenant)
    client.post("/api/v1/projects/", {"name": "Shop"})
    shown = usage(client)
    assert set(shown) == {
        "api_calls_per_day",
        "blueprints",
        "deployments_per_month",
        "projects",
        "storage",
        "users",
    }
    limits = ServicePlan.objects.get(key="default").limits
    assert {name: each["limit"] for name, each in shown.items()} == limits
    projects = shown["projects"]
    assert (projects["used"], projects["remaining"]) == (1, limits["projects"] - 1)
    assert projects["unit"] == "projects"
    assert client.get(USAGE).json()["plan"] == "default"
    assert not any(each["overridden"] for each in shown.values())


def test_a_refused_request_is_a_problem_that_says_how_to_go_on(tenant: Tenant, api: Api) -> None:
    limited(tenant, projects=1)
    client = api(tenant)
    assert client.post("/api/v1/projects/", {"name": "One"}).status_code == 201
    refused = client.post("/api/v1/projects/", {"name": "Two"})
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (403, "quota-exceeded")
    assert (problem["quota"], problem["limit"], problem["used"]) == ("projects", 1, 1)
    assert problem["detail"] == (
        "Projects: 1 of 1 projects are used. Delete some, or ask the platform's operator for a "
        "larger plan or a higher limit of your own."
    )
    assert [each["name"] for each in client.get("/api/v1/projects/").json()["results"]] == ["One"]


def test_an_override_of_limits_holds_at_once(tenant: Tenant, operator: Tenant, api: Api) -> None:
    operators, client = api(operator, "operator"), api(tenant)
    wanted = {"projects": 0, "storage": None}
    answer = operators.put(usage_of(tenant), {"overrides": wanted})
    assert answer.status_code == 200
    shown = {each["name"]: each for each in answer.json()["quotas"]}
    assert {name for name, each in shown.items() if each["overridden"]} == set(wanted)
    assert {name: usage(client)[name]["limit"] for name in wanted} == wanted
    assert client.post("/api/v1/projects/", {"name": "One"}).status_code == 403
    with tenant_scope(operator):
        entry = AuditEntry.objects.get(action="tenant.override_quotas")
    assert entry.changes == {"quota_overrides": [{}, wanted]}
    assert entry.subject_id == str(tenant.pk)
    # What is left out is the plan's again.
    assert operators.put(usage_of(tenant), {"overrides": {}}).status_code == 200
    assert client.post("/api/v1/projects/", {"name": "One"}).status_code == 201


@pytest.mark.parametrize(
    ("overrides", "pointer", "code"),
    [
        ({"seats": 5}, "/overrides/seats", "unknown-quota"),
        ({"users": -1}, "/overrides/users", "invalid"),
        ({"users": 1.5}, "/overrides/users", "invalid"),
        ({"users": "5"}, "/overrides/users", "invalid"),
        ({"users": True}, "/overrides/users", "invalid"),
        ({"users": [5]}, "/overrides/users", "invalid"),
        ({"users": 2**53}, "/overrides/users", "invalid"),
        ([], "/overrides", "not-a-dict"),
    ],
)
def test_what_is_no_limit_is_refused_and_changes_nothing(
    acme: Tenant, operator: Tenant, api: Api, overrides: Any, pointer: str, code: str
) -> None:
    limited(acme, users=7)
    refused = api(operator, "operator").put(usage_of(acme), {"overrides": overrides})
    assert refused.status_code == 400
    (error,) = refused.json()["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert overrides_of(acme) == {"users": 7}


def test_an_unknown_quota_is_answered_with_those_that_exist(
    acme: Tenant, operator: Tenant, api: Api
) -> None:
    refused = api(operator, "operator").put(usage_of(acme), {"overrides": {"seats": 5}})
    assert "api_calls_per_day, blueprints, deployments_per_month" in refused.json()["detail"]


def test_an_outdated_override_is_refused(acme: Tenant, operator: Tenant, api: Api) -> None:
    operators = api(operator, "operator")
    seen = {"If-Match": operators.get(f"/api/v1/tenants/{acme.pk}/")["ETag"]}
    body = {"overrides": {"users": 7}}
    assert operators.put(usage_of(acme), body, headers=seen).status_code == 200
    again = {"overrides": {"users": 8}}
    assert operators.put(usage_of(acme), again, headers=seen).status_code == 412
    assert overrides_of(acme) == {"users": 7}


def test_a_tenants_admin_overrides_nothing(tenant: Tenant, api: Api) -> None:
    body = {"overrides": {"users": None}}
    assert api(tenant).put(usage_of(tenant), body).status_code == 404
    assert overrides_of(tenant) == {}
    patched = api(tenant).patch(f"/api/v1/tenants/{tenant.pk}/", {"plan": "enterprise"})
    assert patched.status_code == 404


def test_usage_of_a_tenant_in_the_making_is_not_known_yet(operator: Tenant, api: Api) -> None:
    operators = api(operator, "operator")
    body = {"slug": "hooli", "name": "Hooli", "tier": "enterprise"}
    made = operators.post("/api/v1/tenants/", body).json()
    answer = operators.get(f"/api/v1/tenants/{made['id']}/usage/")
    assert (answer.status_code, answer.json()["code"]) == (503, "tenant-not-ready")


def test_the_operator_sees_the_plans(operator: Tenant, api: Api) -> None:
    operators = api(operator, "operator")
    plans = {
        each["key"]: each for each in operators.get("/api/v1/service-plans/").json()["results"]
    }
    assert {"default", "enterprise", "free"} <= set(plans)
    assert plans["enterprise"]["limits"]["deployments_per_month"] is None
    assert operators.get("/api/v1/service-plans/free/").json() == plans["free"]
    assert operators.get("/api/v1/service-plans/gold/").status_code == 404


def test_a_plan_that_does_not_exist_is_answered_with_those_that_do(
    acme: Tenant, operator: Tenant, api: Api
) -> None:
    operators = api(operator, "operator")
    body = {"slug": "initech", "name": "Initech", "plan": "gold"}
    change = {"If-Match": "*"}
    for refused in (
        operators.post("/api/v1/tenants/", body),
        operators.patch(f"/api/v1/tenants/{acme.pk}/", {"plan": "gold"}, headers=change),
    ):
        problem = refused.json()
        assert (refused.status_code, problem["code"]) == (400, "unknown-plan")
        assert "default, enterprise, free" in problem["detail"]
        assert problem["errors"][0]["pointer"] == "/plan"
    assert not Tenant.objects.filter(slug="initech").exists()
    assert operators.post("/api/v1/tenants/", body | {"plan": "free"}).json()["plan"] == "free"
    patched = operators.patch(f"/api/v1/tenants/{acme.pk}/", {"plan": "free"}, headers=change)
    assert patched.json()["plan"] == "free"
    with tenant_scope(operator):
        entry = AuditEntry.objects.get(action="tenant.update", subject_id=str(acme.pk))
    assert entry.changes == {"plan": ["default", "free"]}
