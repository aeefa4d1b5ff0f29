"""Programs as users: what they may, who answers for them, and that nobody grows by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory

from rbac.answers.who_can import asked, who_can
from rbac.models import ApiToken, User, UserKind
from rbac.permissions import USE_ADMIN
from rbac.services.grants import grant_role
from rbac.services.roles import create_role, find_role
from rbac.services.service_accounts import create_service_account, update_service_account
from rbac.services.tokens import create_token
from rbac.services.users import update_user
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.api_client import ApiClient
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from tenants.models import Tenant
    from tests.conftest import Api, Person

ACCOUNTS = "/api/v1/service-accounts/"
ME = "/api/v1/me/"
PROJECTS = "/api/v1/projects/"


def program(tenant: Tenant, *roles: str, **details: Any) -> tuple[User, ApiClient]:
    """A service account and a client that acts as it."""
    with tenant_scope(tenant):
        account = create_service_account(username="deployer", roles=roles, actor=ACTOR, **details)
        _, secret = create_token(account, name="ci", actor=ACTOR)
    return account, ApiClient(tenant, user=account, token=secret)


def change(client: ApiClient, account: User, **changes: Any) -> Any:
    address = f"{ACCOUNTS}{account.pk}/"
    tag = client.get(address)["ETag"]
    return client.patch(address, changes, headers={"If-Match": tag})


def test_a_service_account_does_what_its_roles_allow(tenant: Tenant) -> None:
    _, client = program(tenant, "viewer")
    assert client.get(PROJECTS).status_code == 200
    assert client.post(PROJECTS, {"name": "Shop"}).status_code == 403
    assert client.get(ME).json()["username"] == "deployer"


# --- Nobody signs in as one -------------------------------------------------------------
def test_a_service_account_cannot_sign_in(tenant: Tenant, person: Person) -> None:
    """Not even with a password that found its way into its row, or with a session."""
    account, client = program(tenant, "admin")
    human = person(tenant, "admin")
    request = RequestFactory().post("/login/", REMOTE_ADDR="192.0.2.1")
    with tenant_scope(tenant):
        for user in (account, human):
            user.set_password("correct horse battery staple")
            user.save(update_fields=["password"])
        found = [
            authenticate(request, username=user.username, password="correct horse battery staple")
            for user in (account, human)
        ]
    assert found == [None, human]
    assert AdminClient(tenant, account).get("/admin/").status_code == 302
    assert AdminClient(tenant, human).get("/admin/").status_code == 200
    # Its token works all the same, and says that the admin is not among what it may.
    held = client.get(ME).json()["permissions"]
    assert "user.view" in held
    assert USE_ADMIN.name not in held


def test_a_service_account_has_no_password_and_is_not_updated_like_a_person(
    tenant: Tenant, api: Api
) -> None:
    account, _ = program(tenant, "viewer")
    admin = api(tenant)
    address = f"/api/v1/users/{account.pk}/"
    tag = admin.get(address)["ETag"]
    refused = admin.patch(address, {"email": "eve@evil.example"}, headers={"If-Match": tag})
    assert (refused.status_code, refused.json()["code"]) == (409, "service-account")
    assert change(admin, account, description="Deploys").status_code == 200


def test_a_service_account_does_not_count_as_the_last_admin(tenant: Tenant, api: Api) -> None:
    program(tenant, "admin")
    admin = api(tenant)
    assert admin.user is not None
    address = f"/api/v1/users/{admin.user.pk}/"
    with tenant_scope(tenant):
        others = User.objects.filter(role_grants__role__key="admin", kind=UserKind.PERSON)
        for other in others.exclude(pk=admin.user.pk):
            update_user(other, changes={"is_active": False}, actor=ACTOR)
    tag = admin.get(address)["ETag"]
    refused = admin.patch(address, {"is_active": False}, headers={"If-Match": tag})
    assert (refused.status_code, refused.json()["code"]) == (409, "last-admin")


# --- Its end, and its owner's -----------------------------------------------------------
def test_a_deactivated_service_account_is_refused_at_the_next_request(
    tenant: Tenant, api: Api
) -> None:
    account, client = program(tenant, "viewer")
    for _ in range(2):
        assert client.get(PROJECTS).status_code == 200
    assert change(api(tenant), account, is_active=False).status_code == 200
    assert client.get(PROJECTS).status_code == 401
    with tenant_scope(tenant):
        tokens_left = ApiToken.objects.filter(user=account, revoked_at=None).count()
    refused = api(tenant).post(f"{ACCOUNTS}{account.pk}/tokens/", {"name": "late"})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid-token")
    # Deactivating is no revoking: whoever brings it back, brings back its tokens.
    assert tokens_left == 1
    assert change(api(tenant), account, is_active=True).status_code == 200
    assert client.get(PROJECTS).status_code == 200


def test_without_its_owner_a_program_goes_on_and_is_found(
    tenant: Tenant, person: Person, api: Api
) -> None:
    """What runs at night does not stop because somebody left; who is left sees what to do."""
    owner = person(tenant, "engineer", "olga")
    account, client = program(tenant, "viewer", owner=owner.pk)
    admin = api(tenant)

    def orphaned() -> list[str]:
        found = admin.get(f"{ACCOUNTS}?orphaned=true").json()["results"]
        return [each["username"] for each in found]

    assert orphaned() == []
    with tenant_scope(tenant):
        update_user(owner, changes={"is_active": False}, actor=ACTOR)
    assert client.get(PROJECTS).status_code == 200
    assert orphaned() == ["deployer"]
    refused = change(admin, account, owner=str(owner.pk))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/owner")
    assert admin.user is not None
    assert change(admin, account, owner=str(admin.user.pk)).status_code == 200
    assert orphaned() == []


# --- Nobody grows by one ----------------------------------------------------------------
@pytest.fixture
def account_manager(tenant: Tenant, person: Person, api: Api) -> ApiClient:
    """Somebody who keeps programs and may do little else."""
    user = person(tenant, "viewer", "kim")
    with tenant_scope(tenant):
        names = ("service_account.view", "service_account.create", "service_account.update")
        scopes = dict.fromkeys((*names, "service_account.token", "token.view"), "tenant")
        role = create_role(name="Keeper", permissions=scopes, actor=ACTOR)
        grant_role(user, role, actor=ACTOR)
    return api(tenant, "viewer", "kim")


def test_who_manages_service_accounts_gets_no_token_of_a_stronger_one(
    tenant: Tenant, account_manager: ApiClient
) -> None:
    account, _ = program(tenant, "system-engineer")
    address = f"{ACCOUNTS}{account.pk}/tokens/"
    for limits in ({}, {"scopes": ["project.view"]}):
        refused = account_manager.post(address, {"name": "mine", **limits})
        assert (refused.status_code, refused.json()["code"]) == (403, "cannot-grant")
    with tenant_scope(tenant):
        token = account.api_tokens.get()
        update_service_account(account, actor=ACTOR, changes={"description": "x"})
    assert change(account_manager, account, is_active=False).status_code == 403
    # It is not theirs, and they may not rotate others'.
    assert account_manager.post(f"/api/v1/tokens/{token.pk}/rotate/").status_code == 403
    with tenant_scope(tenant):
        assert account.api_tokens.count() == 1


def test_who_manages_service_accounts_creates_them_within_their_own_rights(
    tenant: Tenant, account_manager: ApiClient
) -> None:
    refused = account_manager.post(ACCOUNTS, {"username": "strong", "roles": ["admin"]})
    assert refused.status_code == 403
    made = account_manager.post(ACCOUNTS, {"username": "weak", "roles": []})
    assert made.status_code == 201
    minted = account_manager.post(f"{made['Location']}tokens/", {"name": "ci"})
    assert minted.status_code == 201
    acting = ApiClient(tenant, token=minted.json()["token"])
    assert acting.get(PROJECTS).status_code == 403
    with tenant_scope(tenant):
        assert not User.objects.filter(username="strong").exists()


def test_a_token_mints_for_a_program_none_that_exceeds_itself(
    tenant: Tenant, person: Person
) -> None:
    account, _ = program(tenant)
    limits = ["service_account.*", "*.view", "token.*"]
    with tenant_scope(tenant):
        _, secret = create_token(person(tenant), name="x", actor=ACTOR, scopes=limits)
    client = ApiClient(tenant, token=secret)
    address = f"{ACCOUNTS}{account.pk}/tokens/"
    refused = client.post(address, {"name": "wide"})
    assert (refused.status_code, refused.json()["code"]) == (403, "cannot-grant")
    assert client.post(address, {"name": "narrow", "scopes": ["project.view"]}).status_code == 201


def test_what_takes_a_person_is_withheld_and_told(tenant: Tenant) -> None:
    account, _ = program(tenant, "admin")
    with tenant_scope(tenant):
        able = [user.pk for user in who_can(asked(USE_ADMIN))]
        assert account.pk not in able
        assert "admin" in account.role_keys
        assert USE_ADMIN.name not in account.effective_permissions
        others = User.objects.filter(kind=UserKind.PERSON, role_grants__role=find_role("admin"))
        assert set(others.values_list("pk", flat=True)) <= set(able)


# --- Networks, behind proxies -----------------------------------------------------------
@pytest.mark.parametrize(
    ("proxies", "forwarded", "status"),
    [
        (1, "192.0.2.7", 200),
        (1, "192.0.2.7, 198.51.100.1", 401),
        (1, "198.51.100.1, 192.0.2.7", 200),
        (1, "unknown", 401),
        (0, "192.0.2.7", 401),
    ],
)
def test_a_network_is_that_of_the_address_which_the_audit_log_tells(
    tenant: Tenant, settings: Settings, proxies: int, forwarded: str, status: int
) -> None:
    """By as many of our own proxies as there are, and no word of the client's."""
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": proxies}
    account, _ = program(tenant, "viewer")
    with tenant_scope(tenant):
        _, secret = create_token(account, name="x", networks=["192.0.2.0/24"], actor=ACTOR)
    client = ApiClient(tenant, token=secret)
    assert client.get(ME, headers={"X-Forwarded-For": forwarded}).status_code == status
