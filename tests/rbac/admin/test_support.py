"""Support access in the admin: given by the operator, seen and ended by the tenant."""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from rbac.models import AuditEntry, SupportAccess, User
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.api_client import ApiClient

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person

_SECRET = re.compile(r'id="secret">(iac_\w+)<')
FIELDS = {"reason": "Ticket 4711: nothing is listed", "role": "viewer", "minutes": "30"}


@pytest.fixture
def staff(operator: Tenant, person: Person) -> AdminClient:
    return AdminClient(operator, person(operator, "operator", "olga"))


def test_the_operator_gives_access_on_the_tenants_page_and_sees_the_secret_once(
    tenant: Tenant, staff: AdminClient, admin: AdminClient
) -> None:
    assert "word for word" in staff.page("tenants_tenant_support", tenant.pk)
    answer = staff.submit("tenants_tenant_support", tenant.pk, **FIELDS)
    assert "no-store" in answer["Cache-Control"]
    [secret] = _SECRET.findall(answer.content.decode())
    api = ApiClient(tenant, token=secret)
    assert api.get("/api/v1/me/").status_code == 200
    assert secret not in staff.page("tenants_tenant_change", tenant.pk)

    with tenant_scope(tenant):
        access = SupportAccess.objects.get()
    assert "olga" in admin.page("rbac_supportaccess_changelist")
    assert FIELDS["reason"] in admin.page("rbac_supportaccess_change", access.pk)
    assert "refused from the next request" in admin.page("rbac_supportaccess_revoke", access.pk)
    assert api.get("/api/v1/me/").status_code == 200
    assert admin.submit("rbac_supportaccess_revoke", access.pk).status_code == 302
    assert api.get("/api/v1/me/").status_code == 401
    with tenant_scope(tenant):
        assert SupportAccess.objects.get().revoked_by == admin.user.username  # type: ignore[union-attr]  # the fixture's user


@pytest.mark.parametrize(
    "wrong", [{"reason": ""}, {"reason": "because"}, {"minutes": "241"}, {"role": "operator"}]
)
def test_a_form_that_does_not_fit_is_shown_again(
    acme: Tenant, staff: AdminClient, wrong: dict[str, str]
) -> None:
    answer = staff.submit("tenants_tenant_support", acme.pk, **{**FIELDS, **wrong})
    assert answer.status_code == 200
    assert not _SECRET.search(answer.content.decode())
    with tenant_scope(acme):
        assert not SupportAccess.objects.exists()


def test_who_may_not_is_refused(acme: Tenant, operator: Tenant, person: Person) -> None:
    insider = AdminClient(acme, person(acme, "admin"))
    assert insider.submit("tenants_tenant_support", acme.pk, **FIELDS).status_code == 404
    with tenant_scope(acme):
        assert not SupportAccess.objects.exists()
    assert AdminClient(operator).submit("tenants_tenant_support", acme.pk).status_code == 302


def test_the_operators_own_tenant_is_not_entered(operator: Tenant, staff: AdminClient) -> None:
    answer = staff.submit("tenants_tenant_support", operator.pk, **FIELDS)
    assert answer.status_code == 302
    with tenant_scope(operator):
        assert not User.objects.filter(kind="support").exists()


def test_support_users_are_told_apart_in_the_list_of_users(
    tenant: Tenant, staff: AdminClient, admin: AdminClient
) -> None:
    staff.submit("tenants_tenant_support", tenant.pk, **FIELDS)
    assert "operator&#x27;s staff" in admin.page("rbac_user_changelist")


def break_glass(tenant: Tenant, *options: str) -> str:
    out = StringIO()
    call_command("break_glass", "--tenant", tenant.slug, *options, stdout=out)
    return out.getvalue()


def test_the_command_gives_access_and_both_logs_name_the_operator(
    tenant: Tenant, operator: Tenant
) -> None:
    printed = break_glass(tenant, "--reason", FIELDS["reason"], "--operator", "root@console")
    [token] = re.findall(r"token: (iac_\w+)", printed)
    assert ApiClient(tenant, token=token).get("/api/v1/me/").status_code == 200
    for home in (tenant, operator):
        with tenant_scope(home):
            entry = AuditEntry.objects.get(action="support_access.create")
        assert "root@console" in entry.actor_name


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--reason", "short"), "Say why"),
        (("--reason", FIELDS["reason"], "--minutes", "241"), "240 minutes"),
        (("--reason", FIELDS["reason"], "--role", "operator"), "invalid choice"),
        ((), "--reason"),
    ],
)
def test_the_command_refuses_what_does_not_fit(
    acme: Tenant, options: tuple[str, ...], complaint: str
) -> None:
    with pytest.raises(CommandError, match=complaint):
        break_glass(acme, *options)
    acme.slug = "nobody"
    with pytest.raises(CommandError, match="There is no tenant"):
        break_glass(acme, "--reason", FIELDS["reason"])
