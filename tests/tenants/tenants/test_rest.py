"""The operator's endpoints for tenants: from their creation to their suspension."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from rbac.models import AuditEntry, User
from rbac.services.tokens import create_token
from rbac.services.users import create_user
from tenants.context import no_tenant_scope, tenant_scope
from tenants.models import Placement, Tenant
from tenants.operations.upkeep import provision_pending
from tests.api_client import ApiClient
from tests.conftest import ACTOR, Api
from tests.throwaway import ThrowawayTenants, platform

if TYPE_CHECKING:
    from collections.abc import Iterator

TENANTS = "/api/v1/tenants/"
ANY_REVISION = {"If-Match": "*"}


def rows(operator: Tenant) -> tuple[int, int, int]:
    """How many tenants, placements and entries of the operator's log there are."""
    with tenant_scope(operator):
        return (
            Tenant.objects.count(),
            Placement.objects.count(),
            AuditEntry.objects.exclude(action="access.denied").count(),
        )


def test_a_standard_tenant_is_active_at_once(operator: Tenant, api: Api) -> None:
    client = api(operator, "operator")
    made = client.post(TENANTS, {"slug": "initech", "name": "Initech"})
    assert made.status_code == 201
    shown = made.json()
    assert (shown["tier"], shown["status"]) == ("standard", "active")
    assert shown["placement"].startswith("pool_")
    assert shown["domains"] == ["initech.iac.test"]
    assert client.get(made["Location"]).json() == shown
    listed = client.get(f"{TENANTS}?slug=initech").json()["results"]
    assert [tenant["id"] for tenant in listed] == [shown["id"]]
    assert ApiClient(host="initech.iac.test").get("/api/v1/me/").status_code == 401
    with tenant_scope(operator):
        entries = AuditEntry.objects.filter(subject_id=shown["id"]).order_by("created_at", "id")
        created, activated = entries
    assert (created.action, created.request_id) == ("tenant.create", made["X-Request-ID"])
    assert (activated.action, activated.actor_id) == ("tenant.activate", "system:provisioner")
    assert activated.changes == {"status": ["provisioning", "active"]}


def test_an_enterprise_tenant_waits_for_its_placement(operator: Tenant, api: Api) -> None:
    client = api(operator, "operator")
    made = client.post(TENANTS, {"slug": "hooli", "name": "Hooli", "tier": "enterprise"}).json()
    assert made["status"] == "provisioning"
    waiting = ApiClient(host="hooli.iac.test").get("/api/v1/me/")
    assert (waiting.status_code, waiting.json()["code"]) == (503, "tenant-not-ready")
    assert int(waiting["Retry-After"]) > 0
    first = {"username": "first", "email": "first@example.com"}
    too_soon = client.post(f"{TENANTS}{made['id']}/admins/", first)
    assert (too_soon.status_code, too_soon.json()["code"]) == (503, "tenant-not-ready")
    for status in ("active", "suspended"):
        refused = client.patch(f"{TENANTS}{made['id']}/", {"status": status}, headers=ANY_REVISION)
        assert (refused.status_code, refused.json()["code"]) == (409, "wrong-tenant-status")


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"slug": "acme"}, 409, "slug-taken"),
        ({"slug": "www"}, 400, "slug-reserved"),
        ({"slug": "platform"}, 400, "slug-reserved"),
        ({"slug": "Upper"}, 400, "invalid-tenant"),
        ({"slug": "-dash"}, 400, "invalid-tenant"),
        ({"slug": "dash-"}, 400, "invalid-tenant"),
        ({"slug": "a.b"}, 400, "invalid-tenant"),
        ({"slug": "x" * 41}, 400, "validation-failed"),
        ({"slug": ""}, 400, "validation-failed"),
        ({"name": ""}, 400, "validation-failed"),
        ({"tier": "gold"}, 400, "validation-failed"),
        ({"status": "active"}, 400, "validation-failed"),
        ({"placement": "public"}, 400, "validation-failed"),
        ({"id": str(uuid4())}, 400, "validation-failed"),
    ],
)
def test_what_does_not_fit_creates_nothing(
    operator: Tenant, acme: Tenant, api: Api, wrong: dict[str, str], status: int, code: str
) -> None:
    client = api(operator, "operator")
    before = rows(operator)
    refused = client.post(TENANTS, {"slug": "initech", "name": "Initech", **wrong})
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert rows(operator) == before
    assert client.post(TENANTS, {"slug": f"{acme.slug}-2", "name": "Acme"}).status_code == 201


def test_a_suspended_tenant_is_told_so_and_comes_back(
    operator: Tenant, tenant: Tenant, api: Api
) -> None:
    client, admin = api(operator, "operator"), api(tenant)
    address = f"{TENANTS}{tenant.pk}/"

    def become(status: str) -> Any:
        seen = client.get(address)["ETag"]
        return client.patch(address, {"status": status}, headers={"If-Match": seen})

    assert become("suspended").json()["status"] == "suspended"
    for asking in (admin, admin.at("iac.test"), ApiClient(tenant)):
        refused = asking.get("/api/v1/me/")
        assert (refused.status_code, refused.json()["code"]) == (403, "tenant-suspended")
    assert become("active").status_code == 200
    assert admin.get("/api/v1/me/").status_code == 200
    with tenant_scope(operator):
        entries = AuditEntry.objects.filter(subject_id=str(tenant.pk)).order_by("created_at")
        assert [(entry.action, entry.changes) for entry in entries][-2:] == [
            ("tenant.suspend", {"status": ["active", "suspended"]}),
            ("tenant.reactivate", {"status": ["suspended", "active"]}),
        ]


def test_the_operator_cannot_lock_itself_out(operator: Tenant, api: Api) -> None:
    client = api(operator, "operator")
    address = f"{TENANTS}{operator.pk}/"
    refused = client.patch(address, {"status": "suspended"}, headers=ANY_REVISION)
    assert (refused.status_code, refused.json()["code"]) == (409, "platform-is-fixed")
    assert client.get(address).json()["status"] == "active"


def test_a_change_names_the_revision_it_is_based_on(
    operator: Tenant, tenant: Tenant, api: Api
) -> None:
    client = api(operator, "operator")
    address = f"{TENANTS}{tenant.pk}/"
    seen = client.get(address)["ETag"]

    def rename(headers: dict[str, str]) -> Any:
        return client.patch(address, {"name": "Renamed"}, headers=headers)

    assert rename({}).status_code == 428
    assert rename({"If-Match": seen}).json()["name"] == "Renamed"
    assert rename({"If-Match": seen}).status_code == 412


@pytest.mark.parametrize("member", ["tier", "placement", "id", "domains", "revision"])
def test_what_a_tenant_is_cannot_be_changed(
    operator: Tenant, tenant: Tenant, api: Api, member: str
) -> None:
    client = api(operator, "operator")
    address = f"{TENANTS}{tenant.pk}/"
    before = client.get(address).json()
    refused = client.patch(address, {member: "x"}, headers=ANY_REVISION)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "unknown-member")
    assert client.get(address).json() == before


def test_the_first_admin_signs_in_with_what_is_shown_once(operator: Tenant, api: Api) -> None:
    client = api(operator, "operator")
    made = client.post(TENANTS, {"slug": "initech", "name": "Initech"}).json()
    address, first = f"{TENANTS}{made['id']}/admins/", {"username": "first", "email": "f@x.org"}
    added = client.post(address, first)
    assert (added.status_code, added["Cache-Control"]) == (201, "no-store")
    second = client.post(address, {**first, "username": "second"})
    assert (second.status_code, second.json()["code"]) == (409, "tenant-has-admin")
    tenant = Tenant.objects.select_related("placement").get(pk=made["id"])
    with tenant_scope(tenant):
        user = User.objects.get()
        assert user.check_password(added.json()["password"])
        assert user.role_keys == {"admin"}
        logged = AuditEntry.objects.get(action="user.create")
    assert logged.actor_name == "operator-of-the-test"
    assert added.json()["password"] not in str(vars(logged))


@pytest.mark.parametrize("role", ["admin", "enterprise-architect", "viewer"])
def test_a_tenants_own_people_see_no_tenants_not_even_their_own(
    tenant: Tenant, api: Api, role: str
) -> None:
    client = api(tenant, role)
    assert client.get(TENANTS).status_code == 403
    own, nobodys = client.get(f"{TENANTS}{tenant.pk}/"), client.get(f"{TENANTS}{uuid4()}/")
    assert (own.status_code, own.json()["code"]) == (404, "not-found")
    assert own.json()["detail"] == nobodys.json()["detail"]


def test_an_admin_of_the_operators_tenant_is_no_operator(operator: Tenant, api: Api) -> None:
    assert api(operator, "admin").get(TENANTS).status_code == 403
    assert api(operator, "operator").get(TENANTS).status_code == 200


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("slug=umbrella", {"umbrella"}),
        ("tier=enterprise&slug=acme", set()),
        ("tier=standard&slug=acme", {"acme"}),
        ("status=suspended", set()),
        ("plan=default&slug=globex", {"globex"}),
    ],
)
def test_lists_can_be_narrowed(operator: Tenant, api: Api, query: str, slugs: set[str]) -> None:
    results = api(operator, "operator").get(f"{TENANTS}?{query}").json()["results"]
    assert {tenant["slug"] for tenant in results} == slugs


@pytest.fixture
def operators_client(committed_tenants: ThrowawayTenants) -> Iterator[ApiClient]:
    """The operator, outside of any transaction."""
    del committed_tenants
    with tenant_scope(platform()):
        name = f"operator-{uuid4().hex[:8]}"
        user = create_user(username=name, roles=["operator"], actor=ACTOR)
        row, token = create_token(user, name="tests", actor=ACTOR)
    yield ApiClient(platform(), user=user, token=token)
    with tenant_scope(platform()):
        row.delete()
        user.role_grants.all().delete()
        user.delete()


def test_an_enterprise_tenant_opens_when_the_provisioner_has_run(
    committed_tenants: ThrowawayTenants, operators_client: ApiClient
) -> None:
    slug = f"tmp-{uuid4().hex[:8]}"
    body = {"slug": slug, "name": "Hooli", "tier": "enterprise"}
    made = operators_client.post(TENANTS, body).json()
    at_its_host = ApiClient(host=f"{slug}.iac.test")
    assert at_its_host.get("/api/v1/me/").status_code == 503
    with no_tenant_scope():
        provision_pending()
        tenant = Tenant.objects.select_related("placement").get(pk=made["id"])
    committed_tenants.made.append(tenant)
    assert at_its_host.get("/api/v1/me/").status_code == 401
    assert operators_client.get(f"{TENANTS}{made['id']}/").json()["status"] == "active"
    first = {"username": "first", "email": "first@example.com"}
    added = operators_client.post(f"{TENANTS}{made['id']}/admins/", first)
    assert added.status_code == 201
    with tenant_scope(tenant):
        assert tenant.schema_name not in {"public", "platform"}
        assert User.objects.get().username == "first"
