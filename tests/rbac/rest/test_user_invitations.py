"""Further people are invited by a link; nobody gets by it what the inviter may not give."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone

from rbac.models import AuditEntry, Invitation, Role, RoleGrant, User
from rbac.services.invitations import MOST_INVITATIONS, accept_invitation, invite_user
from rbac.services.roles import create_role
from rbac.services.tokens import create_token
from rbac.services.users import change_password, create_user, update_user
from tenants.context import tenant_scope
from tests.admin_client import AdminClient, errors_of
from tests.api_client import ApiClient, host_of
from tests.conftest import ACTOR
from tests.rbac.rest.races import accept_at_once

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Api, Person, Rivals
    from tests.throwaway import ThrowawayTenants

URL = "/api/v1/invitations/"
GOOD = {"username": "grace", "password": "correct-horse-battery"}


def invite(client: ApiClient, **fields: Any) -> Any:
    return client.post(URL, {"email": "grace@example.com", **fields})


def accept(tenant: Tenant, token: str, **fields: Any) -> Any:
    return ApiClient(tenant).post(f"{URL}accept/", {**GOOD, "token": token, **fields})


def users(tenant: Tenant) -> set[str]:
    with tenant_scope(tenant):
        return set(User.objects.values_list("username", flat=True))


def test_whoever_has_the_link_becomes_a_user_with_the_roles(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "admin")
    made = invite(client, roles=["viewer"])
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    body = made.json()
    assert body["link"] == f"http://{host_of(tenant)}/invitation/#{body['token']}"
    assert client.get(made["Location"]).json()["roles"] == ["viewer"]
    assert accept(tenant, body["token"]).status_code == 201
    with tenant_scope(tenant):
        grace = User.objects.get(username="grace")
        assert (grace.email, grace.role_keys) == ("grace@example.com", {"viewer"})
        assert grace.check_password(GOOD["password"])
        kept = str(list(Invitation.objects.values())) + str(list(AuditEntry.objects.values()))
    assert body["token"] not in kept
    assert client.get(made["Location"]).json()["accepted_at"] is not None


def test_a_link_works_once_and_a_newer_or_revoked_one_makes_it_void(
    tenant: Tenant, api: Api
) -> None:
    client = api(tenant, "admin")
    first, second = (invite(client).json() for _ in range(2))
    revoked = invite(client, email="other@example.com").json()
    assert client.delete(f"{URL}{revoked['id']}/").status_code == 204
    late = invite(client, email="late@example.com").json()
    with tenant_scope(tenant):
        gone = timezone.now() - timedelta(seconds=1)
        Invitation.objects.filter(pk=late["id"]).update(expires_at=gone)
    refused = [accept(tenant, each["token"]) for each in (first, revoked, late)]
    assert accept(tenant, second["token"]).status_code == 201
    refused += [accept(tenant, second["token"], username="eve"), accept(tenant, "wrong")]
    answers = {(each.status_code, each.json()["code"], each.json()["detail"]) for each in refused}
    assert [each[:2] for each in answers] == [(403, "invitation-refused")]
    assert "eve" not in users(tenant)


def test_a_link_opens_nothing_at_another_tenant(rivals: Rivals, api: Api) -> None:
    token = invite(api(rivals.attacker, "admin"), roles=["admin"]).json()["token"]
    assert accept(rivals.victim, token).status_code == 403
    assert "grace" not in users(rivals.victim)
    assert accept(rivals.attacker, token).status_code == 201


@pytest.mark.parametrize("wrong", [{"password": "short"}, {"username": "a b"}])
def test_what_does_not_fit_does_not_use_it_up(
    acme: Tenant, api: Api, wrong: dict[str, str]
) -> None:
    token = invite(api(acme, "admin")).json()["token"]
    assert accept(acme, token, **wrong).status_code == 400
    assert accept(acme, token).status_code == 201


def test_nobody_invites_with_more_than_they_hold(tenant: Tenant, person: Person) -> None:
    with tenant_scope(tenant):
        rights = {"user.create": "tenant", "role.grant": "tenant", "project.view": "tenant"}
        role = create_role(name="Host", permissions=rights, actor=ACTOR)
        host = create_user(username="host", roles=[role.key], actor=ACTOR)
        reader = create_role(name="Reader", permissions={"project.view": "tenant"}, actor=ACTOR)
    client = ApiClient(tenant, token=_token(tenant, host))
    refused = invite(client, roles=["admin"])
    assert (refused.status_code, refused.json()["code"]) == (403, "cannot-grant")
    assert invite(client, roles=[reader.key]).status_code == 201
    viewer = ApiClient(tenant, token=_token(tenant, person(tenant, "viewer")))
    assert invite(viewer).status_code == 403


def test_without_the_right_to_grant_one_invites_without_roles(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        role = create_role(name="Host", permissions={"user.create": "tenant"}, actor=ACTOR)
        host = create_user(username="host", roles=[role.key], actor=ACTOR)
    client = ApiClient(tenant, token=_token(tenant, host))
    assert invite(client, roles=["viewer"]).status_code == 403
    token = invite(client).json()["token"]
    assert accept(tenant, token).status_code == 201
    with tenant_scope(tenant):
        assert User.objects.get(username="grace").role_keys == frozenset()


def _token(tenant: Tenant, user: User) -> str:
    with tenant_scope(tenant):
        return create_token(user, name="tests", actor=ACTOR)[1]


@pytest.mark.parametrize("loses", ["the account", "the role"])
def test_what_the_inviter_has_lost_by_then_is_not_given(
    tenant: Tenant, api: Api, person: Person, loses: str
) -> None:
    person(tenant, "admin", "boss")
    ada = person(tenant, "admin", "ada")
    token = invite(api(tenant, "admin", "ada"), roles=["admin"]).json()["token"]
    with tenant_scope(tenant):
        if loses == "the account":
            update_user(ada, actor=ACTOR, changes={"is_active": False})
        else:
            RoleGrant.objects.filter(user=ada).delete()
            ada.read_access_again()
    refused = accept(tenant, token)
    assert (refused.status_code, refused.json()["code"]) == (403, "invitation-refused")
    assert "grace" not in users(tenant)


def test_open_invitations_of_a_tenant_are_limited(acme: Tenant, person: Person) -> None:
    ada = person(acme, "admin", "ada")
    with tenant_scope(acme):
        Invitation.objects.bulk_create(
            Invitation(
                email=f"guest-{number}@example.com",
                digest=f"{number:064}",
                expires_at=timezone.now() + timedelta(days=1),
                invited_by=ada,
            )
            for number in range(MOST_INVITATIONS)
        )
    client = ApiClient(acme, token=_token(acme, ada))
    refused = invite(client)
    assert (refused.status_code, refused.json()["code"]) == (409, "too-many-invitations")
    with tenant_scope(acme):
        Invitation.objects.filter(digest=f"{0:064}").update(revoked_at=timezone.now())
    assert invite(client).status_code == 201


def test_a_scoped_token_invites_within_its_scopes(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "admin")
    made = client.post("/api/v1/tokens/", {"name": "ci", "scopes": ["user.create"]}).json()
    scoped = ApiClient(tenant, token=made["token"])
    assert invite(scoped, roles=["viewer"]).status_code == 403
    assert invite(scoped).status_code == 201


def test_an_admin_invites_on_a_page_and_the_guest_accepts_on_another(
    tenant: Tenant, person: Person
) -> None:
    admin = AdminClient(tenant, person(tenant, "admin", "ada"))
    with tenant_scope(tenant):
        viewer = Role.objects.get(key="viewer")
    form = {"email": "grace@example.com", "roles": [str(viewer.pk)]}
    answer = admin.submit("rbac_invitation_add", **form)
    assert "no-store" in answer["Cache-Control"]
    link = answer.context["secret"]
    token = link.partition("#")[2]
    assert token not in admin.page("rbac_invitation_changelist")
    form = {**GOOD, "token": token, "password_again": GOOD["password"]}
    page = AdminClient(tenant).get("/invitation/").content.decode()
    assert "You have been invited to" in page
    assert AdminClient(tenant).post("/invitation/", form)["Location"] == "/login/"
    with tenant_scope(tenant):
        assert User.objects.get(username="grace").role_keys == {"viewer"}
    wrong = admin.submit("rbac_invitation_add", email="no address")
    assert "valid email" in errors_of(wrong)


def test_of_many_at_once_one_becomes_a_user(committed_tenants: ThrowawayTenants) -> None:
    tenant = committed_tenants()
    with tenant_scope(tenant):
        ada = create_user(username="ada", roles=["admin"], actor=ACTOR)
        _, token = invite_user(email="grace@example.com", roles=["viewer"], actor=ada)
    outcomes = accept_at_once(tenant, token, GOOD["password"])
    assert outcomes == ["InvitationRefused"] * 5 + ["accepted"]
    assert len(users(tenant)) == 2


def test_an_address_in_other_capitals_is_the_same_address(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "admin")
    first = invite(client, email="Grace@Example.com").json()
    second = invite(client, email="grace@example.com").json()
    assert accept(tenant, first["token"]).status_code == 403
    assert accept(tenant, second["token"]).status_code == 201


def test_nobody_waits_for_a_password_to_be_hashed(
    committed_tenants: ThrowawayTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hashing takes long and has few places: no lock and no transaction is held meanwhile."""
    tenant = committed_tenants()
    inside: list[bool] = []

    def watched(password: str) -> str:
        inside.append(connection.in_atomic_block)
        return make_password(password)

    monkeypatch.setattr("rbac.services.users.make_password", watched)
    with tenant_scope(tenant):
        admin = create_user(username="ada", password=GOOD["password"], roles=["admin"], actor=ACTOR)
        change_password(admin, password="orbit-tangerine-43", actor=admin)
        with transaction.atomic():
            _, token = invite_user(email="grace@example.com", actor=admin)
        accept_invitation(token=token, **GOOD)
    assert inside == [False, False, False]
