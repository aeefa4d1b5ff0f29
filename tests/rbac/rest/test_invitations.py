"""The invitation of a tenant's first admin: one person, one time, at one host."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.utils import timezone

from rbac.attempts import TRIES_FROM_NETWORK
from rbac.models import AuditEntry, Invitation, User
from rbac.services.invitations import invite_admin
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.lifecycle.services import operators_scope, request_deletion
from tenants.models import Tenant, TenantStatus, Tier
from tenants.operations.upkeep import provision_pending
from tenants.tenants.services import create_tenant
from tests.admin_client import AdminClient
from tests.api_client import ApiClient
from tests.conftest import ACTOR, Api
from tests.rbac.rest.races import accept_at_once

if TYPE_CHECKING:
    from tests.throwaway import ThrowawayTenants

ACCEPT = "/api/v1/invitations/accept/"
GOOD = {"username": "ada", "password": "correct-horse-battery"}


def invited(slug: str = "initech") -> tuple[Tenant, str]:
    with operators_scope():
        tenant = create_tenant(slug=slug, name="Initech", invite="ada@example.com", actor=ACTOR)
        assert tenant.status == TenantStatus.INVITED
        _, token = invite_admin(tenant, actor=ACTOR)
    return tenant, token


def again(tenant: Tenant) -> Tenant:
    return Tenant.objects.select_related("placement").get(pk=tenant.pk)


def accept(tenant: Tenant, token: str, **fields: Any) -> Any:
    return ApiClient(tenant).post(ACCEPT, {**GOOD, "token": token, **fields})


def refused(response: Any) -> tuple[int, str, str]:
    said = response.json()
    return response.status_code, said["code"], said["detail"]


def test_an_invited_tenant_opens_for_whoever_has_the_link(operator: Tenant, api: Api) -> None:
    client = api(operator, "operator")
    body = {"slug": "initech", "name": "Initech", "invite": "ada@example.com"}
    made = client.post("/api/v1/tenants/", body).json()
    assert (made["status"], made["invitee"]) == ("invited", "ada@example.com")
    answer = client.post(f"/api/v1/tenants/{made['id']}/invitation/")
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    link, token = answer.json()["link"], answer.json()["token"]
    assert link == f"http://initech.iac.test/invitation/#{token}"
    tenant = Tenant.objects.select_related("placement").get(pk=made["id"])
    closed = ApiClient(tenant).get("/api/v1/me/")
    assert (closed.status_code, closed.json()["code"]) == (403, "tenant-invited")

    assert accept(tenant, token).status_code == 201

    tenant = again(tenant)
    assert (tenant.status, tenant.invitee) == (TenantStatus.ACTIVE, "")
    assert ApiClient(tenant).get("/api/v1/me/").status_code == 401
    with tenant_scope(tenant):
        user = User.objects.get()
        assert (user.username, user.email) == ("ada", "ada@example.com")
        assert user.role_keys == {"admin"}
        assert user.check_password(GOOD["password"])
        kept = str(list(Invitation.objects.values())) + str(list(AuditEntry.objects.values()))
    assert token not in kept
    with tenant_scope(operator):
        actions = AuditEntry.objects.filter(subject_id=made["id"]).values_list("action", flat=True)
        assert {"tenant.invite_admin", "tenant.accept_invitation"} <= set(actions)


def test_wrong_used_old_and_replaced_tokens_are_refused_alike(operator: Tenant) -> None:
    del operator
    tenant, first = invited()
    with operators_scope():
        _, second = invite_admin(tenant, actor=ACTOR)
    answers = {refused(accept(tenant, token)) for token in ("wrong", first, second[:-1])}
    with tenant_scope(tenant):
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    answers.add(refused(accept(tenant, second)))
    with tenant_scope(tenant):
        assert not User.objects.exists()
        Invitation.objects.update(expires_at=timezone.now() + timedelta(days=1))
    assert accept(tenant, second).status_code == 201
    answers.add(refused(accept(tenant, second, username="eve")))
    assert len(answers) == 1
    assert answers.pop()[:2] == (403, "invitation-refused")


def test_a_token_opens_nothing_at_anothers_host(operator: Tenant, tenant: Tenant) -> None:
    del operator
    mine, token = invited()
    other, _ = invited("hooli")
    for host in (other, tenant):
        assert refused(accept(host, token))[:2] == (403, "invitation-refused")
    bare = ApiClient().post(ACCEPT, {**GOOD, "token": token})
    assert bare.status_code == 404
    assert accept(mine, token).status_code == 201


@pytest.mark.parametrize("wrong", [{"password": "short"}, {"username": "a b"}, {"username": ""}])
def test_what_does_not_fit_does_not_use_the_invitation_up(
    operator: Tenant, wrong: dict[str, str]
) -> None:
    del operator
    tenant, token = invited()
    assert accept(tenant, token, **wrong).status_code == 400
    tenant = again(tenant)
    assert tenant.status == TenantStatus.INVITED
    assert accept(tenant, token).status_code == 201


def test_attempts_are_limited_even_with_the_right_token(operator: Tenant) -> None:
    del operator
    tenant, token = invited()
    for _ in range(TRIES_FROM_NETWORK):
        assert accept(tenant, "wrong").status_code == 403
    limited = accept(tenant, token)
    assert limited.status_code == 429
    assert int(limited["Retry-After"]) > 0


def test_a_tenant_that_is_to_be_deleted_does_not_open(operator: Tenant) -> None:
    del operator
    tenant, token = invited()
    with operators_scope():
        request_deletion(tenant, actor=ACTOR)
    assert refused(accept(tenant, token))[:2] == (403, "tenant-pending-deletion")


def test_the_operator_cannot_add_or_invite_a_second_admin(operator: Tenant, api: Api) -> None:
    tenant, token = invited()
    client, address = api(operator, "operator"), f"/api/v1/tenants/{tenant.pk}"
    first = {"username": "first", "email": "first@example.com"}
    added = client.post(f"{address}/admins/", first)
    assert (added.status_code, added.json()["code"]) == (409, "wrong-tenant-status")
    assert accept(tenant, token).status_code == 201
    again = client.post(f"{address}/invitation/")
    assert (again.status_code, again.json()["code"]) == (409, "wrong-tenant-status")


def test_the_page_makes_the_admin_and_leads_to_the_sign_in(operator: Tenant) -> None:
    del operator
    tenant, token = invited()
    client = AdminClient(tenant)
    page = client.get("/invitation/")
    assert page.status_code == 200
    assert "Initech" in page.content.decode()
    assert token not in page.content.decode()
    form = {**GOOD, "token": token, "password_again": "another-one-entirely"}
    differing = client.post("/invitation/", form)
    assert "The two passwords differ" in differing.content.decode()
    form["password_again"] = form["password"]
    wrong = client.post("/invitation/", {**form, "token": "x"})
    assert "The invitation is not valid" in wrong.content.decode()
    good = client.post("/invitation/", form)
    assert (good.status_code, good["Location"]) == (302, "/login/")
    tenant = again(tenant)
    assert tenant.status == TenantStatus.ACTIVE


@pytest.mark.parametrize("tier", Tier.values)
def test_of_many_at_once_one_becomes_the_admin(
    committed_tenants: ThrowawayTenants, tier: str
) -> None:
    with as_owner():
        with operators_scope():
            slug = f"tmp-{uuid4().hex[:8]}"
            tenant = create_tenant(
                slug=slug, name=slug, tier=tier, invite="ada@example.com", actor=ACTOR
            )
        committed_tenants.made.append(tenant)
        provision_pending()
    with operators_scope():
        _, token = invite_admin(tenant, actor=ACTOR)
    tenant = Tenant.objects.select_related("placement").get(pk=tenant.pk)
    outcomes = accept_at_once(tenant, token, GOOD["password"])
    assert outcomes == ["InvitationRefused"] * 5 + ["accepted"]
    with tenant_scope(tenant):
        assert User.objects.count() == 1
