"""The admin's pages: usage for a tenant's admins, plans and limits for the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django import forms
from django.urls import reverse

from blueprints.catalog.quotas import STORAGE
from blueprints.catalog.services.projects import create_project
from rbac.models import AuditEntry
from rbac.quotas import USERS
from tenants.context import tenant_scope
from tenants.models import ServicePlan, Tenant
from tenants.quotas.display import amount
from tenants.quotas.forms import LimitField
from tests.admin_client import AdminClient, errors_of
from tests.conftest import ACTOR
from tests.tenants.quotas.conftest import limited

if TYPE_CHECKING:
    from tests.conftest import Person

USAGE = "quotas_usagecounter_changelist"
SET_LIMITS = "tenants_tenant_set_limits"


@pytest.fixture
def operators(operator: Tenant, person: Person) -> AdminClient:
    return AdminClient(operator, person(operator, "operator"))


def limits_of(tenant: Tenant) -> Any:
    return Tenant.objects.get(pk=tenant.pk).quota_overrides


def actions(operators: AdminClient) -> list[str]:
    assert operators.user is not None
    with tenant_scope(operators.tenant):
        entries = AuditEntry.objects.filter(actor_id=operators.user.audit_id)
        return list(entries.order_by("created_at").values_list("action", flat=True))


def set_limits(operators: AdminClient, tenant: Tenant, **fields: Any) -> Any:
    seen = Tenant.objects.get(pk=tenant.pk).revision
    given = {"confirm": "on", "seen_revision": seen} | fields
    return operators.submit(SET_LIMITS, tenant.pk, **given)


def test_a_tenants_admin_sees_what_is_used(tenant: Tenant, person: Person) -> None:
    limited(tenant, projects=4, storage=10 * 1024**3)
    with tenant_scope(tenant):
        create_project(name="Shop", actor=ACTOR)
    text = AdminClient(tenant, person(tenant, "admin")).page(USAGE)
    for words in ("Projects", "4 (own)", "10.0 GiB (own)", "Deployments per month", "operator"):
        assert words in text
    assert reverse(f"admin:{USAGE}") in AdminClient(tenant, person(tenant, "admin")).page("index")


def test_the_page_is_for_those_who_may_see_usage(tenant: Tenant, person: Person) -> None:
    # An engineer may not sign in to the admin at all.
    client = AdminClient(tenant, person(tenant, "engineer"))
    assert client.get(reverse(f"admin:{USAGE}")).status_code == 302


def test_the_operator_sees_a_tenants_usage_and_sets_its_limits(
    tenant: Tenant, operators: AdminClient
) -> None:
    assert "Deployments per month" in operators.page("tenants_tenant_change", tenant.pk)
    assert "Empty: 500." in operators.page(SET_LIMITS, tenant.pk)
    answer = set_limits(operators, tenant, limit_projects="9", limit_storage="2 GiB")
    assert answer.status_code == 302
    assert limits_of(tenant) == {"projects": 9, "storage": 2 * 1024**3}
    assert actions(operators) == ["tenant.override_quotas"]
    assert "9 (own)" in operators.page("tenants_tenant_change", tenant.pk)
    set_limits(operators, tenant, limit_projects="unlimited")
    assert limits_of(tenant) == {"projects": None}
    assert 'value="unlimited"' in operators.page(SET_LIMITS, tenant.pk)


@pytest.mark.parametrize(
    "fields",
    [
        {"confirm": ""},
        {"limit_users": "many"},
        {"limit_users": "-1"},
        {"limit_users": "5 GiB"},
        {"limit_users": "9007199254740992"},
        {"limit_storage": "5 XiB"},
    ],
    ids=str,
)
def test_limits_that_are_not_meant_or_make_no_sense_are_not_set(
    acme: Tenant, operators: AdminClient, fields: dict[str, str]
) -> None:
    answer = set_limits(operators, acme, **({"limit_projects": "9"} | fields))
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert limits_of(acme) == {}
    assert actions(operators) == []


def test_of_two_operators_at_one_form_the_second_is_told(
    acme: Tenant, operators: AdminClient
) -> None:
    seen = acme.revision
    assert set_limits(operators, acme, limit_users="7").status_code == 302
    second = set_limits(operators, acme, limit_users="8", seen_revision=seen)
    assert "Somebody changed this" in second.content.decode()
    assert limits_of(acme) == {"users": 7}


def test_the_operators_own_limits_are_not_offered(operator: Tenant, operators: AdminClient) -> None:
    address = reverse(f"admin:{SET_LIMITS}", args=[operator.pk])
    assert address not in operators.page("tenants_tenant_change", operator.pk)
    assert operators.get(address).status_code == 302


def test_a_tenants_admin_sets_no_limits(tenant: Tenant, person: Person) -> None:
    client = AdminClient(tenant, person(tenant, "admin"))
    answer = set_limits(client, tenant, limit_users="unlimited")
    assert answer.status_code == 404
    assert limits_of(tenant) == {}


def test_a_plan_is_made_changed_and_removed(operators: AdminClient) -> None:
    made = operators.submit(
        "tenants_serviceplan_add", key="gold", name="Gold", limit_users="50", limit_storage="1 TiB"
    )
    assert made.status_code == 302, made.context["errors"]
    plan = ServicePlan.objects.get(key="gold")
    assert plan.limits == {"users": 50, "storage": 1024**4}
    shown = operators.page("tenants_serviceplan_change", "gold")
    assert 'value="50"' in shown
    fields = {"name": "Gold", "description": "Shiny", "limit_users": "unlimited"}
    changed = operators.submit("tenants_serviceplan_change", "gold", seen_revision=1, **fields)
    assert changed.status_code == 302
    plan.refresh_from_db()
    assert (plan.description, plan.limits) == ("Shiny", {"users": None})
    late = operators.submit("tenants_serviceplan_change", "gold", seen_revision=1, **fields)
    assert "Somebody changed this" in errors_of(late)
    assert operators.submit("tenants_serviceplan_delete", "gold", post="yes").status_code == 302
    assert not ServicePlan.objects.filter(key="gold").exists()
    assert actions(operators) == [
        "service_plan.create",
        "service_plan.update",
        "service_plan.delete",
    ]


def test_a_plan_in_use_is_not_removed(operators: AdminClient) -> None:
    answer = operators.post(
        reverse("admin:tenants_serviceplan_delete", args=["default"]), {"post": "yes"}, follow=True
    )
    assert "The service plan is in use" in answer.content.decode()
    assert ServicePlan.objects.filter(key="default").exists()


def test_a_plan_that_exists_is_not_made_again(operators: AdminClient) -> None:
    again = operators.submit("tenants_serviceplan_add", key="free", name="Free", limit_users="50")
    assert again.status_code == 200
    assert ServicePlan.objects.get(key="free").limits["users"] == 5


@pytest.mark.parametrize(
    ("text", "limit"),
    [("", ""), ("unlimited", None), ("0", 0), (" 12 ", 12), ("3 kib", 3072), ("1GiB", 1024**3)],
)
def test_limits_are_read_as_people_write_them(text: str, limit: object) -> None:
    assert LimitField(STORAGE).clean(text) == limit
    with pytest.raises(forms.ValidationError, match="a whole number, a size"):
        LimitField(STORAGE).clean("lots")
    with pytest.raises(forms.ValidationError, match="a whole number, or"):
        LimitField(USERS).clean("1 GiB")


def test_amounts_are_shown_as_people_read_them() -> None:
    assert [amount(USERS, value) for value in (None, 0, 1234567)] == ["unlimited", "0", "1,234,567"]
    sizes = [amount(STORAGE, value) for value in (0, 1023, 1536, 5 * 1024**2, 3 * 1024**4)]
    assert sizes == ["0 bytes", "1,023 bytes", "1.5 KiB", "5.0 MiB", "3.0 TiB"]
