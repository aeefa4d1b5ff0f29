"""Break-glass access: who gives it, what it opens, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.test import Client

from iac_platform.common.errors import NotPermitted
from iac_platform.common.permissions import Scope
from rbac.access.holdings import Access, Entitlement
from rbac.errors import (
    InvalidSupportAccess,
    InvalidUser,
    LastAdmin,
    SupportUserIsFixed,
)
from rbac.models import ApiToken, AuditEntry, SupportAccess, User
from rbac.permissions import CREATE_SUPPORT_ACCESS
from rbac.quotas import USERS
from rbac.services.admins import create_admin
from rbac.services.grants import grant_role, revoke_role
from rbac.services.roles import find_role
from rbac.services.support import (
    SupportGrant,
    grant_support_access,
    note_use,
    open_access,
    revoke_support_access,
)
from rbac.services.tokens import create_token
from rbac.services.users import change_password, create_user, update_user
from rbac.system_roles import grantable_to_support
from tenants.context import tenant_scope
from tests.api_client import ApiClient, host_of
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Api, Person

REASON = "Ticket 4711: the nightly import fails"
ME = "/api/v1/me/"

Give = Callable[..., SupportGrant]


@pytest.fixture
def staff(operator: Tenant, person: Person) -> User:
    """One of the operator's people."""
    return person(operator, "operator", "olga")


@pytest.fixture
def give(operator: Tenant, staff: User) -> Give:
    """Gives access to a tenant, as the operator's admin does."""

    def give(tenant: Tenant, **options: Any) -> SupportGrant:
        with tenant_scope(operator):
            return grant_support_access(tenant, operator=staff, reason=REASON, **options)

    return give


def client_of(tenant: Tenant, grant: SupportGrant) -> ApiClient:
    return ApiClient(tenant, token=grant.token)


def session_of(tenant: Tenant, grant: SupportGrant) -> tuple[Client, int]:
    """A browser in which somebody has tried to sign in to the tenant's admin with the secret."""
    client = Client(HTTP_HOST=host_of(tenant))
    form = {"username": grant.access.user.username, "password": grant.token}
    return client, client.post("/login/?next=/admin/", form).status_code


def expire(tenant: Tenant, grant: SupportGrant) -> None:
    with tenant_scope(tenant):
        SupportAccess.objects.filter(pk=grant.access.pk).update(
            expires_at=Now() - timedelta(seconds=1)
        )


def entries(tenant: Tenant, action: str) -> list[AuditEntry]:
    with tenant_scope(tenant):
        return list(AuditEntry.objects.filter(action=action))


# --- Giving ---------------------------------------------------------------------------
def test_both_logs_say_who_came_and_why(
    tenant: Tenant, operator: Tenant, staff: User, give: Give
) -> None:
    grant = give(tenant, minutes=30)
    for home in (tenant, operator):
        [entry] = entries(home, "support_access.create")
        assert (entry.actor_id, entry.changes["reason"]) == (staff.audit_id, REASON)
    with tenant_scope(tenant):
        access = SupportAccess.objects.get()
        assert access.user.username.startswith("support:olga:")
        assert not access.user.has_usable_password()
        assert access.expires_at - access.created_at <= timedelta(minutes=30)
        assert not ApiToken.objects.filter(digest__contains=grant.token).exists()
    assert client_of(tenant, grant).get(ME).status_code == 200
    assert grant.token not in repr(grant)


def test_the_tenants_own_admin_cannot_give_access_to_itself_or_another(
    tenant: Tenant, globex: Tenant, operator: Tenant, person: Person
) -> None:
    admin = person(tenant, "admin")
    elsewhere, strange = "in the operator's scope", "Only the operator's own staff"
    for scope, victim, why in (
        (tenant, tenant, elsewhere),
        (tenant, globex, elsewhere),
        (operator, globex, strange),
    ):
        with tenant_scope(scope), pytest.raises(NotPermitted, match=why):
            grant_support_access(victim, operator=admin, reason=REASON)
    assert entries(globex, "support_access.create") == []


def test_it_is_given_in_the_operators_scope_by_the_operators_own(
    acme: Tenant, operator: Tenant, staff: User, person: Person
) -> None:
    with tenant_scope(acme), pytest.raises(NotPermitted, match="operator's scope"):
        grant_support_access(acme, operator=staff, reason=REASON)
    # Somebody of a tenant who has come by the operator's role all the same.
    insider = person(acme, "admin")
    insider.access = Access({CREATE_SUPPORT_ACCESS.name: (Entitlement(Scope.GLOBAL),)})
    with tenant_scope(operator), pytest.raises(NotPermitted, match="own staff"):
        grant_support_access(acme, operator=insider, reason=REASON)
    with tenant_scope(acme):
        assert not SupportAccess.objects.exists()


def test_staff_of_the_operator_without_the_permission_cannot(
    acme: Tenant, operator: Tenant, person: Person
) -> None:
    viewer = person(operator, "viewer", "vera")
    with (
        tenant_scope(operator),
        pytest.raises(NotPermitted, match=r"This needs the permission support_access\.create"),
    ):
        grant_support_access(acme, operator=viewer, reason=REASON)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"reason": " because "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 241}, "minutes"),
        ({"role": "operator"}, "role"),
        ({"role": "no-such-role"}, "role"),
    ],
)
def test_what_does_not_fit_is_refused(
    acme: Tenant, operator: Tenant, staff: User, options: dict[str, Any], field: str
) -> None:
    with tenant_scope(operator), pytest.raises(InvalidSupportAccess) as refused:
        grant_support_access(acme, operator=staff, **{"reason": REASON, **options})
    assert [error["pointer"] for error in refused.value.extra["errors"]] == [f"/{field}"]
    with tenant_scope(acme):
        assert not User.objects.filter(kind="support").exists()


def test_neither_the_operator_nor_a_suspended_tenant_is_entered(
    acme: Tenant, operator: Tenant, give: Give
) -> None:
    acme.status = "suspended"
    for closed, why in ((operator, "users of its own"), (acme, "acme is suspended")):
        with pytest.raises(InvalidSupportAccess, match=why):
            give(closed)
    acme.status = "active"
    assert give(acme).token


def test_the_database_keeps_the_limit_of_four_hours(tenant: Tenant, give: Give) -> None:
    grant = give(tenant, minutes=240)
    mine = SupportAccess.objects.filter(pk=grant.access.pk)
    with tenant_scope(tenant):
        with pytest.raises(IntegrityError, match="at_most_4_hours"), transaction.atomic():
            mine.update(expires_at=Now() + timedelta(hours=4, minutes=1))
        assert mine.update(expires_at=Now() + timedelta(hours=3)) == 1


# --- What it opens --------------------------------------------------------------------
@pytest.mark.parametrize("role", grantable_to_support())
def test_people_roles_tokens_and_access_are_withheld_whatever_the_role(
    tenant: Tenant, person: Person, give: Give, role: str
) -> None:
    target = person(tenant, "viewer", "vic")
    grant = give(tenant, role=role)
    client = client_of(tenant, grant)
    held = client.get(ME).json()["permissions"]
    assert "project.view" in held
    assert not [
        name
        for name in held
        if not name.endswith(".view")
        and name.partition(".")[0] not in ("project", "blueprint", "admin_site")
    ]
    for path, body in (
        ("tokens/", {"name": "for later"}),
        ("users/", {"username": "backdoor", "password": "tangerine-orbit-42"}),
    ):
        assert client.post(f"/api/v1/{path}", body).status_code == 403, path
    # 404 where they may not even read it.
    for user in (target.pk, grant.access.user_id):
        path = f"/api/v1/users/{user}/"
        refused = client.post(f"{path}roles/", {"role": "admin"}).status_code
        assert refused == {200: 403, 404: 404}[client.get(path).status_code]
    path = f"/api/v1/support-access/{grant.access.pk}/"
    assert client.delete(path).status_code == {200: 403, 404: 404}[client.get(path).status_code]
    assert client_of(tenant, grant).get(ME).status_code == 200
    with tenant_scope(tenant):
        assert not User.objects.filter(username="backdoor").exists()
        assert ApiToken.objects.filter(user_id=grant.access.user_id).count() == 1
        assert list(target.role_grants.values_list("role__key", flat=True)) == ["viewer"]


def test_the_twin_an_admin_of_the_tenant_may_all_of_that(tenant: Tenant, api: Api) -> None:
    client = api(tenant, "admin")
    assert client.post("/api/v1/tokens/", {"name": "for later"}).status_code == 201
    new = client.post("/api/v1/users/", {"username": "colleague"})
    assert new.status_code == 201
    role = {"role": "viewer"}
    assert client.post(f"/api/v1/users/{new.json()['id']}/roles/", role).status_code == 200


def test_what_is_done_under_it_is_noted_with_the_operators_name(tenant: Tenant, give: Give) -> None:
    client = client_of(tenant, give(tenant, role="system-engineer"))
    assert client.post("/api/v1/projects/", {"name": "Repaired"}).status_code == 201
    [entry] = entries(tenant, "project.create")
    assert entry.actor_name.startswith("support:olga:")


def test_it_opens_no_other_tenant(
    acme: Tenant, globex: Tenant, umbrella: Tenant, give: Give
) -> None:
    grant = give(acme, role="admin")
    for other in (globex, umbrella):
        assert client_of(acme, grant).at(host_of(other)).get(ME).status_code == 403
        assert session_of(other, grant)[1] == 200, "the form again"
    assert client_of(acme, grant).get(ME).status_code == 200
    assert session_of(acme, grant)[1] == 302


def test_the_first_use_is_noted_once(tenant: Tenant, give: Give) -> None:
    grant = give(tenant)
    with tenant_scope(tenant):
        assert SupportAccess.objects.get().first_used_at is None
    client = client_of(tenant, grant)
    assert {client.get(ME).status_code for _ in range(3)} == {200}
    assert len(entries(tenant, "support_access.use")) == 1
    with tenant_scope(tenant):
        assert SupportAccess.objects.get().first_used_at is not None


def test_nobody_else_is_noted(tenant: Tenant, person: Person) -> None:
    with tenant_scope(tenant):
        note_use(person(tenant, "viewer"))
    assert entries(tenant, "support_access.use") == []


# --- The tenant's admin site ----------------------------------------------------------
def test_the_secret_of_an_admins_access_signs_in_and_no_password_does(
    tenant: Tenant, give: Give, person: Person
) -> None:
    grant = give(tenant, role="admin")
    client, status = session_of(tenant, grant)
    assert status == 302
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/rbac/user/add/").status_code == 403
    for password in ("", "tangerine-orbit-42", grant.token[:-1], grant.access.user.password):
        form = {"username": grant.access.user.username, "password": password}
        assert client.post("/login/", form, HTTP_HOST=host_of(tenant)).status_code != 302
    # A secret is that of its own user and no other's.
    person(tenant, "admin", "ada", password="correct-horse-battery")
    form = {"username": "ada", "password": grant.token}
    assert Client(HTTP_HOST=host_of(tenant)).post("/login/", form).status_code == 200


def test_a_secret_opens_the_session_of_its_own_user_only(
    tenant: Tenant, give: Give, person: Person
) -> None:
    one, other = give(tenant, role="admin"), give(tenant, role="admin")
    with tenant_scope(tenant):
        _, ordinary = create_token(person(tenant, "admin"), name="mine", actor=ACTOR)
    for secret in (other.token, ordinary):
        assert session_of(tenant, SupportGrant(one.access, secret))[1] == 200
    assert session_of(tenant, one)[1] == 302


def test_a_viewers_access_does_not_open_the_admin(tenant: Tenant, give: Give) -> None:
    browser, status = session_of(tenant, give(tenant, role="viewer"))
    assert status == 302
    assert browser.get("/admin/", follow=True).status_code == 403


# --- The end --------------------------------------------------------------------------
def test_expiry_ends_the_token_and_the_open_session_on_the_next_request(
    tenant: Tenant, give: Give
) -> None:
    grant = give(tenant, role="admin")
    client, (browser, _) = client_of(tenant, grant), session_of(tenant, grant)
    assert (client.get(ME).status_code, browser.get("/admin/").status_code) == (200, 200)
    expire(tenant, grant)
    assert (client.get(ME).status_code, browser.get("/admin/").status_code) == (401, 302)
    assert session_of(tenant, grant)[1] == 200


def test_a_tenants_admin_ends_it_on_the_next_request(tenant: Tenant, give: Give, api: Api) -> None:
    grant = give(tenant, role="admin")
    client, (browser, _) = client_of(tenant, grant), session_of(tenant, grant)
    admin = api(tenant, "admin")
    [listed] = admin.get("/api/v1/support-access/").json()["results"]
    assert (listed["operator_name"], listed["reason"]) == ("olga", REASON)
    assert (client.get(ME).status_code, browser.get("/admin/").status_code) == (200, 200)
    assert admin.delete(f"/api/v1/support-access/{listed['id']}/").status_code == 204
    assert (client.get(ME).status_code, browser.get("/admin/").status_code) == (401, 302)
    assert session_of(tenant, grant)[1] == 200
    ended = admin.get(f"/api/v1/support-access/{listed['id']}/").json()
    assert ended["revoked_by"] == admin.user.username  # type: ignore[union-attr]  # it has one
    assert len(entries(tenant, "support_access.revoke")) == 1


def test_ending_it_twice_changes_nothing(tenant: Tenant, give: Give) -> None:
    grant = give(tenant)
    with tenant_scope(tenant):
        first = revoke_support_access(grant.access, actor=ACTOR)
        assert revoke_support_access(grant.access, actor=ACTOR).revoked_at == first.revoked_at
    assert len(entries(tenant, "support_access.revoke")) == 1


def test_a_token_alone_does_not_outlive_the_access(tenant: Tenant, give: Give) -> None:
    """Each of the two ends it: the token's own date, and the access."""
    grant = give(tenant)
    with tenant_scope(tenant):
        ApiToken.objects.filter(user_id=grant.access.user_id).update(expires_at=None)
    assert client_of(tenant, grant).get(ME).status_code == 200
    expire(tenant, grant)
    assert client_of(tenant, grant).get(ME).status_code == 401


# --- It is not one of the tenant's people ---------------------------------------------
def test_support_is_no_admin_of_the_tenant(tenant: Tenant, operator: Tenant, give: Give) -> None:
    with tenant_scope(tenant):
        for admin in User.objects.filter(role_grants__role__key="admin"):
            admin.role_grants.all().delete()
    give(tenant, role="admin")
    with tenant_scope(operator):
        admin, _ = create_admin(tenant, username="first", email="first@example.com", actor=ACTOR)
    with tenant_scope(tenant):
        with (
            pytest.raises(LastAdmin, match="Make somebody else an admin first"),
            transaction.atomic(),
        ):
            update_user(admin, actor=ACTOR, changes={"is_active": False})
        create_user(username="second", roles=["admin"], actor=ACTOR)
        update_user(admin, actor=ACTOR, changes={"is_active": False})


def test_support_is_not_changed_like_a_person(tenant: Tenant, give: Give, person: Person) -> None:
    person(tenant, "admin")
    support, somebody = give(tenant).access.user, person(tenant, "viewer", "vic")
    with tenant_scope(tenant):
        role = find_role("consultant")
        for change in (
            lambda user: grant_role(user, role, actor=ACTOR),
            lambda user: revoke_role(user, find_role("viewer"), actor=ACTOR),
            lambda user: update_user(user, actor=ACTOR, changes={"full_name": "New"}),
            lambda user: change_password(user, password="tangerine-orbit-42", actor=ACTOR),
        ):
            with pytest.raises(SupportUserIsFixed, match="Revoke the access instead"):
                change(support)
            change(somebody)
        assert not User.objects.get(pk=support.pk).has_usable_password()


def test_no_tenant_can_name_a_user_like_support(in_scope: Tenant) -> None:
    with pytest.raises(InvalidUser, match="username"):
        create_user(username="support:olga:00000000", actor=ACTOR)
    assert create_user(username="support-olga", actor=ACTOR).kind == "person"
    access = open_access(operator=ACTOR, reason=REASON, role="viewer", minutes=1).access
    assert access.tenant_id == in_scope.pk


def test_support_takes_no_place_in_the_quota_of_users(tenant: Tenant, give: Give) -> None:
    before = USERS.count
    assert before is not None
    with tenant_scope(tenant):
        held = before()
    give(tenant)
    with tenant_scope(tenant):
        assert before() == held
        create_user(username="somebody", actor=ACTOR)
        assert before() == held + 1
