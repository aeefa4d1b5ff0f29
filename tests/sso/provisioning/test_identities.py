"""Admins see who people are at identity providers, and unlink them within their own rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from iac_platform.common.errors import NotPermitted
from rbac.errors import CannotGrant
from rbac.models import AuditEntry, RoleGrant, User
from rbac.services.grants import grant_role
from rbac.services.roles import create_role, find_role
from rbac.services.tokens import create_token
from rbac.services.users import create_user, update_user
from sso.provisioning.errors import IdentityNotFound, LastWayToSignIn, SignOnRefused
from sso.provisioning.models import Identity
from sso.provisioning.services.identities import link_identity, unlink_identity
from sso.provisioning.services.sign_on import note_session, sign_on
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.conftest import ACTOR
from tests.sso.provisioning.people import ENTRA, OKTA, external, mapped
from tests.sso.saml.visitors import Visitor, configure
from tests.tiers import an_attacker_in_each_tier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenants.models import Tenant
    from tests.api_client import ApiClient
    from tests.conftest import Api, Person, Rivals

_LIST = "/api/v1/sso/identities/"
ENGINEERS = {"group": "Engineers", "role": "system-engineer"}


@pytest.fixture
def admin(tenant: Tenant, person: Person) -> Iterator[User]:
    """Whoever looks after users; the test goes on in the tenant."""
    with tenant_scope(tenant):
        yield person(tenant, "admin")


@pytest.fixture
def clerk(admin: User) -> User:
    """Somebody who may change users and see identities, and no more."""
    wanted = dict.fromkeys(("user.update", "identity.view"), "tenant")
    role = create_role(name="Clerk", permissions=wanted, actor=admin)
    clerk = create_user(username="clerk", actor=ACTOR)
    grant_role(clerk, role, actor=admin)
    clerk.read_access_again()
    return clerk


def only() -> Identity:
    return Identity.objects.get()


# --- The service ------------------------------------------------------------------------
def test_an_identity_of_somebody_who_left_is_freed(admin: User) -> None:
    """Else whoever has it could never link it to another user, as to a second account."""
    mapped(admin)
    left = sign_on(external()).user
    update_user(left, actor=admin, changes={"is_active": False})
    ada = create_user(username="ada.byron", actor=ACTOR)
    with pytest.raises(SignOnRefused):
        link_identity(external(), user_id=ada.pk)
    unlink_identity(only(), actor=admin)
    entry = AuditEntry.objects.get(action="identity.unlink")
    assert (entry.actor_name, entry.changes) == (admin.username, {"user": "ada"})
    assert link_identity(external(), user_id=ada.pk).user == ada


def test_what_groups_gave_is_taken_and_what_an_admin_gave_stays(admin: User) -> None:
    mapped(admin, role_sync="exact", group_roles=[ENGINEERS])
    user = sign_on(external(groups=("Engineers",))).user
    grant_role(user, find_role("viewer"), actor=admin)
    unlink_identity(only(), actor=admin)
    held = RoleGrant.objects.filter(user=user).values_list("role__key", flat=True)
    assert list(held) == ["viewer"]


@pytest.mark.parametrize("is_active", [True, False])
def test_nobody_unlinks_who_may_do_more_than_they(
    admin: User, clerk: User, is_active: bool
) -> None:
    mapped(admin)
    boss = sign_on(external()).user
    grant = grant_role(boss, find_role("admin"), actor=admin)
    update_user(boss, actor=admin, changes={"is_active": is_active})
    with pytest.raises(CannotGrant):
        unlink_identity(only(), actor=clerk)
    assert only().user == boss
    assert not AuditEntry.objects.filter(action="identity.unlink").exists()
    RoleGrant.objects.filter(pk=grant.pk).delete()
    unlink_identity(only(), actor=clerk)
    assert not Identity.objects.exists()


def test_it_takes_the_right_to_change_users(admin: User, clerk: User) -> None:
    mapped(admin)
    sign_on(external())
    viewer = create_user(username="viewer", roles=["viewer"], actor=ACTOR)
    with pytest.raises(NotPermitted):
        unlink_identity(only(), actor=viewer)
    unlink_identity(only(), actor=clerk)
    with pytest.raises(IdentityNotFound):
        unlink_identity(Identity(pk="00000000-0000-4000-8000-000000000000"), actor=clerk)


def test_a_token_with_limits_unlinks_its_owner_no_more_than_others(admin: User) -> None:
    mapped(admin)
    user = sign_on(external()).user
    grant_role(user, find_role("admin"), actor=admin)
    sign_on(external("00u9", ENTRA, uid=("eve",)))
    scopes = ["user.update", "identity.view"]
    user.through, _ = create_token(user, name="narrow", scopes=scopes, actor=ACTOR)
    user.set_password("tangerine-orbit-42")
    user.save()
    with pytest.raises(CannotGrant):
        unlink_identity(Identity.objects.get(user=user), actor=user)
    unlink_identity(Identity.objects.exclude(user=user).get(), actor=user)


def test_ones_own_last_way_in_stays_for_admins_too(admin: User) -> None:
    mapped(admin)
    user = sign_on(external()).user
    grant_role(user, find_role("admin"), actor=admin)
    with pytest.raises(LastWayToSignIn):
        unlink_identity(only(), actor=user)
    unlink_identity(only(), actor=admin)


# --- A session that begins just then ----------------------------------------------------
def test_a_session_is_noted_on_its_own_identity_alone(admin: User) -> None:
    mapped(admin)
    user = sign_on(external()).user
    other = sign_on(external("00u9", uid=("eve",))).user
    note_session(user, OKTA)
    assert Identity.objects.get(user=user).last_signed_in_at is not None
    assert Identity.objects.get(user=other).last_signed_in_at is None
    with pytest.raises(SignOnRefused):
        note_session(user, ENTRA)
    unlink_identity(Identity.objects.get(user=user), actor=admin)
    with pytest.raises(SignOnRefused):
        note_session(user, OKTA)


# --- REST and the admin -----------------------------------------------------------------
def test_sessions_that_the_provider_opened_end(tenant: Tenant, api: Api) -> None:
    configure(tenant)
    browser, admin = Visitor(tenant), api(tenant)
    browser.sign_on()
    (listed,) = admin.get(_LIST).json()["results"]
    assert (listed["provider_name"], listed["subject"]) == ("Okta", "ada@example.com")
    assert listed["last_signed_in_at"]
    assert browser.get("/account/").status_code == 200
    assert admin.delete(f"{_LIST}{listed['id']}/").status_code == 204
    assert browser.get("/account/").status_code == 302
    assert admin.get(f"{_LIST}{listed['id']}/").status_code == 404
    with tenant_scope(tenant):
        ended = AuditEntry.objects.get(action="session.revoke")
    assert ended.actor_name == admin.user.username  # type: ignore[union-attr]  # it has one


def test_identities_are_found_by_user_and_by_provider(tenant: Tenant, api: Api) -> None:
    providers = [configure(tenant, slug) for slug in ("okta", "entra")]
    admin = api(tenant)
    with tenant_scope(tenant):
        users = [create_user(username=name, actor=ACTOR) for name in ("ada", "eve")]
        for number, user in enumerate(users):
            for provider in providers:
                _link(user, provider.pk, f"{number}")
    assert _found(admin, user=users[0].pk) == {("ada", "Okta"), ("ada", "Entra")}
    assert _found(admin, provider_id=providers[0].pk) == {("ada", "Okta"), ("eve", "Okta")}
    assert _found(admin, provider_kind="oidc") == set()


def _link(user: User, provider_id: Any, digest: str) -> Identity:
    return Identity.objects.create(
        provider_kind="saml",
        provider_id=provider_id,
        subject=user.username,
        digest=digest,
        user=user,
    )


def _found(client: ApiClient, **query: Any) -> set[tuple[str, str]]:
    found = client.get(_LIST, {name: str(value) for name, value in query.items()}).json()
    return {(each["subject"], each["provider_name"]) for each in found["results"]}


def test_the_admin_finds_an_identity_and_asks_before_it_unlinks_it(
    tenant: Tenant, person: Person
) -> None:
    okta = configure(tenant)
    with tenant_scope(tenant):
        ada, eve = (create_user(username=name, actor=ACTOR) for name in ("ada", "eve"))
        identity, other = _link(ada, okta.pk, "1"), _link(eve, okta.pk, "2")
    client = AdminClient(tenant, person(tenant))
    page = client.page("provisioning_identity_changelist", q="ada")
    assert "Okta" in page
    assert str(identity.pk) in page
    assert str(other.pk) not in page
    assert "Unlink" in client.page("provisioning_identity_change", identity.pk)
    assert "Unlink ada?" in client.page("provisioning_identity_unlink", identity.pk)
    with tenant_scope(tenant):
        assert Identity.objects.count() == 2
    answer = client.submit("provisioning_identity_unlink", identity.pk)
    assert answer["Location"].endswith("/provisioning/identity/")
    with tenant_scope(tenant):
        assert only() == other


def test_the_admin_offers_unlinking_to_those_alone_who_may(tenant: Tenant, person: Person) -> None:
    okta = configure(tenant)
    with tenant_scope(tenant):
        identity = _link(create_user(username="ada", actor=ACTOR), okta.pk, "1")
        needed = dict.fromkeys(("admin_site.use", "identity.view"), "tenant")
        role = create_role(name="Reader", permissions=needed, actor=ACTOR)
        reader = create_user(username="reader", actor=ACTOR)
        grant_role(reader, role, actor=ACTOR)
    client = AdminClient(tenant, reader)
    assert "Unlink" not in client.page("provisioning_identity_change", identity.pk)
    assert client.submit("provisioning_identity_unlink", identity.pk).status_code == 403
    with tenant_scope(tenant):
        assert only() == identity
    assert "Unlink" in AdminClient(tenant, person(tenant)).page(
        "provisioning_identity_change", identity.pk
    )


@an_attacker_in_each_tier
def test_identities_of_another_tenant_are_not_there(rivals: Rivals, api: Api) -> None:
    okta = configure(rivals.victim)
    with tenant_scope(rivals.victim):
        identity = _link(create_user(username="ada", actor=ACTOR), okta.pk, "1")
    attacker, victim = api(rivals.attacker), api(rivals.victim)
    assert attacker.get(_LIST).json()["results"] == []
    assert attacker.delete(f"{_LIST}{identity.pk}/").status_code == 404
    assert victim.delete(f"{_LIST}{identity.pk}/").status_code == 204
