from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rbac.models import AuditEntry
from tenants.context import tenant_scope
from tenants.models import PlacementKind, Tenant, TenantStatus, Tier
from tenants.tenants.services import update_tenant
from tests.admin_client import AdminClient, address_of, errors_of
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tests.api_client import ApiClient
    from tests.conftest import Api, Person


def reload(tenant: Tenant) -> Tenant:
    return Tenant.objects.select_related("placement").get(pk=tenant.pk)


def named(operators: AdminClient, slug: str) -> Tenant | None:
    with tenant_scope(operators.tenant):
        return Tenant.objects.select_related("placement").filter(slug=slug).first()


def audited(operators: AdminClient) -> list[str]:
    assert operators.user is not None
    with tenant_scope(operators.tenant):
        entries = AuditEntry.objects.filter(actor_id=operators.user.audit_id)
        return list(entries.order_by("created_at").values_list("action", flat=True))


def create(operators: AdminClient, **fields: Any) -> Any:
    wanted = {"slug": "initech", "name": "Initech", "tier": "standard", "plan": "default"}
    return operators.submit("tenants_tenant_add", **(wanted | fields))


@pytest.mark.parametrize(
    ("tier", "kind", "status"),
    [
        (Tier.STANDARD, PlacementKind.POOL, TenantStatus.ACTIVE),
        (Tier.ENTERPRISE, PlacementKind.DEDICATED, TenantStatus.PROVISIONING),
    ],
)
@pytest.mark.usefixtures("acme")
def test_a_tenant_of_either_tier_is_created_and_audited(
    operators: AdminClient, tier: str, kind: str, status: str
) -> None:
    assert create(operators, tier=tier).status_code == 302
    made = named(operators, "initech")
    assert made is not None
    assert (made.tier, made.placement.kind, made.status) == (tier, kind, status)
    assert audited(operators) == ["tenant.create"]


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"slug": "acme"}, "already exists"),
        ({"slug": "admin"}, "reserved"),
        ({"slug": "-x-"}, "lower-case letters"),
        ({"name": ""}, "required"),
        ({"tier": "gold"}, "not one of the available choices"),
    ],
)
def test_a_tenant_that_does_not_fit_is_refused_in_words(
    operators: AdminClient, fields: dict[str, str], complaint: str
) -> None:
    before = Tenant.objects.count()
    assert complaint in errors_of(create(operators, **fields))
    assert Tenant.objects.count() == before
    assert audited(operators) == []


def test_suspending_asks_first_and_shuts_the_tenant_out(
    operators: AdminClient, acme: Tenant, api: Api
) -> None:
    member: ApiClient = api(acme)
    assert "Nothing is deleted" in operators.page("tenants_tenant_suspend", acme.pk)
    assert member.get("/api/v1/me/").status_code == 200
    assert operators.submit("tenants_tenant_suspend", acme.pk).status_code == 302
    assert member.get("/api/v1/me/").status_code == 403
    assert operators.submit("tenants_tenant_suspend", acme.pk).status_code == 302
    assert operators.submit("tenants_tenant_reactivate", acme.pk).status_code == 302
    assert member.get("/api/v1/me/").status_code == 200
    assert audited(operators) == ["tenant.suspend", "tenant.reactivate"]


def test_the_operators_own_tenant_is_not_suspended(operators: AdminClient) -> None:
    own = operators.tenant
    page = operators.page("tenants_tenant_change", own.pk)
    assert address_of(own, "suspend") not in page
    operators.submit("tenants_tenant_suspend", own.pk)
    assert reload(own).status == TenantStatus.ACTIVE
    assert audited(operators) == []


def test_renaming_keeps_slug_tier_and_status_whatever_the_form_says(
    operators: AdminClient, acme: Tenant
) -> None:
    fields = {"name": "Acme & Sons", "plan": "default", "seen_revision": acme.revision}
    smuggled = {"slug": "globex2", "tier": "enterprise", "status": "suspended", "placement": "1"}
    changed = operators.submit("tenants_tenant_change", acme.pk, **fields, **smuggled)
    assert changed.status_code == 302
    after = reload(acme)
    assert after.name == "Acme & Sons"
    kept = ("slug", "tier", "status", "placement_id")
    assert [getattr(after, field) for field in kept] == [getattr(acme, field) for field in kept]


def test_an_outdated_form_is_refused(operators: AdminClient, acme: Tenant) -> None:
    with tenant_scope(operators.tenant):
        update_tenant(acme, actor=ACTOR, changes={"name": "Changed meanwhile"})
    stale = {"name": "Mine", "plan": "default", "seen_revision": acme.revision}
    refused = operators.submit("tenants_tenant_change", acme.pk, **stale)
    assert "since you opened it" in errors_of(refused)
    assert reload(acme).name == "Changed meanwhile"


def test_tenants_are_never_deleted_here(operators: AdminClient, acme: Tenant) -> None:
    assert operators.submit("tenants_tenant_delete", acme.pk, post="yes").status_code == 403
    assert reload(acme).status == TenantStatus.ACTIVE


@pytest.mark.usefixtures("acme", "umbrella")
def test_the_list_searches_and_filters(operators: AdminClient) -> None:
    enterprise = operators.page("tenants_tenant_changelist", tier__exact="enterprise")
    assert "umbrella" in enterprise
    assert ">acme<" not in enterprise
    found = operators.page("tenants_tenant_changelist", q="acm")
    assert ">acme<" in found
    assert ">umbrella<" not in found


def test_a_new_tenant_gets_its_first_admin_once(operators: AdminClient, acme: Tenant) -> None:
    assert address_of(acme, "add_admin") in operators.page("tenants_tenant_change", acme.pk)
    form = {"username": "ada", "email": "ada@example.com"}
    made = operators.submit("tenants_tenant_add_admin", acme.pk, **form)
    assert "no-store" in made["Cache-Control"]
    password = made.content.decode().partition('id="secret">')[2].partition("<")[0]
    signed_in = AdminClient(acme).post("/login/", {"username": "ada", "password": password})
    assert signed_in.status_code == 302
    address = address_of(acme, "add_admin")
    assert address not in operators.page("tenants_tenant_change", acme.pk)
    again = operators.post(address, {"username": "eve"}, follow=True)
    assert "does not apply to Acme" in again.content.decode()
    with tenant_scope(acme):
        assert list(AuditEntry.objects.values_list("action", flat=True).order_by("created_at"))[
            -3:
        ] == ["user.create", "role.grant", "access.signed_in"]


def test_without_the_operators_role_nobody_manages_tenants(
    operator: Tenant, acme: Tenant, person: Person
) -> None:
    for role, suspending, creating in (("admin", 404, 403), ("viewer", 302, 302)):
        client = AdminClient(operator, person(operator, role))
        assert client.submit("tenants_tenant_suspend", acme.pk).status_code == suspending
        assert create(client).status_code == creating
    assert reload(acme).status == TenantStatus.ACTIVE
    assert not Tenant.objects.filter(slug="initech").exists()
