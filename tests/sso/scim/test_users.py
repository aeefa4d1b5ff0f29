"""What becomes of a tenant's users, roles and teams by SCIM."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from rbac.models import AuditEntry, User
from rbac.selectors import user_by_id
from rbac.services.grants import grant_role
from rbac.services.roles import create_role, find_role
from rbac.services.service_accounts import create_service_account
from rbac.services.teams import create_team
from rbac.services.tokens import create_token
from rbac.services.users import create_user, update_user
from sso.provisioning.errors import Obstacle, SignOnRefused
from sso.provisioning.external import ExternalIdentity, Provider
from sso.provisioning.models import Identity, ProviderKind
from sso.provisioning.services.identities import unlink_identity
from sso.provisioning.services.mappings import create_mapping
from sso.provisioning.services.sign_on import sign_on
from sso.scim.models import ScimDirectory
from sso.sign_in.models import Session, SignInPolicy
from tenants.context import tenant_scope
from tests.api_client import ApiClient
from tests.conftest import ACTOR
from tests.sso.scim.clients import ScimClient, provider_of, scim_client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tenants.models import Tenant
    from tests.conftest import Person

_ENGINEERS = {"group": "Engineers", "role": "system-engineer"}


@pytest.fixture
def scope(tenant: Tenant) -> Iterator[Tenant]:
    """The test goes on in the tenant."""
    with tenant_scope(tenant):
        yield tenant


@pytest.fixture
def okta(scope: Tenant) -> ScimClient:
    """The provider as a SCIM client."""
    return scim_client(scope)


def who(tenant: Tenant, subject: str, **attributes: tuple[str, ...]) -> ExternalIdentity:
    """Somebody who signs on by the same provider."""
    provider = Provider(ProviderKind.SAML, provider_of(tenant).pk, "Okta")
    return ExternalIdentity(provider, subject, ("https://idp.example.com",), attributes)


def mapped(author: User, **changes: Any) -> Any:
    """The mapping of the directory's groups."""
    directory = ScimDirectory.objects.get()
    return create_mapping(provider_kind="scim", provider_id=directory.pk, actor=author, **changes)


def ada() -> User:
    user: User = User.objects.get(username="ada@example.com")
    return user


def test_a_provisioned_user_has_no_password_and_no_role_and_is_on_record(okta: ScimClient) -> None:
    okta.add(externalId="00u1", displayName="Ada")
    user = ada()
    assert (user.email, user.full_name) == ("ada@example.com", "Ada")
    assert not user.has_usable_password()
    assert not user.role_keys
    made = AuditEntry.objects.filter(action="user.create").latest("created_at")
    assert (made.actor_name, made.actor_id.partition(":")[0]) == ("SCIM token okta", "scim-token")


def test_deactivating_ends_sessions_and_tokens_at_once(
    okta: ScimClient, scope: Tenant, ends: datetime
) -> None:
    made = okta.add().json()
    user = ada()
    grant_role(user, find_role("viewer"), actor=ACTOR)
    _, secret = create_token(user, name="tests", actor=user)
    Session.objects.create(digest="0" * 64, user=user, expires_at=ends)
    client = ApiClient(scope, user=user, token=secret)
    assert client.get("/api/v1/users/").status_code == 200
    off = {"op": "replace", "path": "active", "value": False}
    assert okta.patch_with(f"/Users/{made['id']}", off).status_code == 200
    assert client.get("/api/v1/users/").status_code == 401
    assert not Session.objects.filter(user=user).exists()
    on = {"op": "replace", "path": "active", "value": True}
    assert okta.patch_with(f"/Users/{made['id']}", on).json()["active"] is True


def test_who_is_replaced_without_a_word_of_it_stays_deactivated(okta: ScimClient) -> None:
    made = okta.add().json()
    at = f"/Users/{made['id']}"
    okta.patch_with(at, {"op": "replace", "value": {"active": False}})
    del made["active"]
    assert okta.send("PUT", at, made).json()["active"] is False
    assert not ada().is_active
    assert okta.send("PUT", at, {**made, "active": True}).json()["active"] is True
    assert ada().is_active


def test_whom_an_admin_deactivated_stays_so(okta: ScimClient) -> None:
    made = okta.add().json()
    update_user(ada(), actor=ACTOR, changes={"is_active": False})
    body = {**made, "active": True, "title": "Countess"}
    answer = okta.send("PUT", f"/Users/{made['id']}", body).json()
    assert (answer["active"], answer["title"]) == (False, "Countess")
    assert not ada().is_active


def test_the_last_admin_stays(okta: ScimClient) -> None:
    User.objects.filter(is_active=True).update(is_active=False)
    at = f"/Users/{okta.add().json()['id']}"
    grant_role(ada(), find_role("admin"), actor=ACTOR)
    off = {"op": "replace", "path": "active", "value": False}
    for answer in (okta.patch_with(at, off), okta.send("DELETE", at)):
        assert (answer.status_code, "admin" in answer.json()["detail"]) == (409, True)
    assert ada().is_active
    other = create_user(username="other", roles=["admin"], actor=ACTOR)
    assert okta.send("DELETE", at).status_code == 204
    assert not ada().is_active
    assert other.is_active


# --- Who somebody is ---------------------------------------------------------------------
@pytest.mark.parametrize("subject", ["00u1", "ada@example.com", "ADA@example.com"])
def test_a_provisioned_user_signs_on_as_themself(
    okta: ScimClient, scope: Tenant, subject: str
) -> None:
    okta.add(externalId="00u1")
    assert sign_on(who(scope, subject)).user == ada()
    assert sign_on(who(scope, subject)).user == ada()


@pytest.mark.parametrize("subject", ["00U1", "00u2", "\uff41da@example.com", "ada@example.com "])
def test_nobody_else_signs_on_as_them(okta: ScimClient, scope: Tenant, subject: str) -> None:
    okta.add(externalId="00u1")
    with suppress(SignOnRefused):  # or they become a user of their own
        assert sign_on(who(scope, subject)).user != ada()


def test_nor_does_anybody_of_another_provider_or_one_that_is_open_to_all(
    okta: ScimClient, scope: Tenant
) -> None:
    okta.add(externalId="00u1")
    known = who(scope, "00u1")
    elsewhere = ExternalIdentity(
        Provider(ProviderKind.SAML, provider_of(scope, "entra").pk, "Entra"), "00u1"
    )
    anybody = ExternalIdentity(known.provider, "00u1", is_open=True)
    assert sign_on(elsewhere).user != ada()
    with pytest.raises(SignOnRefused):
        sign_on(anybody)
    assert sign_on(known).user == ada()


def test_entras_object_id_is_the_external_id(okta: ScimClient, scope: Tenant) -> None:
    okta.add(externalId="0a21f0f2")
    provider = who(scope, "pairwise").provider
    sent = {"oid": ("0a21f0f2",)}
    fake = ExternalIdentity(provider, "pairwise", ("https://sso.example.com",), sent)
    assert sign_on(fake).user != ada()
    real = ExternalIdentity(provider, "other", ("https://login.microsoftonline.com/t/v2.0",), sent)
    assert sign_on(real).user == ada()


def test_a_deactivated_or_deleted_user_does_not_sign_on(okta: ScimClient, scope: Tenant) -> None:
    at = f"/Users/{okta.add(externalId='00u1').json()['id']}"
    sign_on(who(scope, "00u1"))
    okta.patch_with(at, {"op": "replace", "value": {"active": False}})
    with pytest.raises(SignOnRefused) as caught:
        sign_on(who(scope, "00u1"))
    assert caught.value.obstacle is Obstacle.DEACTIVATED
    okta.send("DELETE", at)
    with pytest.raises(SignOnRefused):
        sign_on(who(scope, "00u1"))


def test_whoever_comes_again_is_somebody_new_without_what_they_had(
    okta: ScimClient, scope: Tenant
) -> None:
    okta.send("DELETE", f"/Users/{okta.add(externalId='00u1').json()['id']}")
    old = ada()
    assert old.identities.get().scim_users.get().attributes == {}
    grant_role(old, find_role("viewer"), actor=ACTOR)
    assert okta.add(externalId="00u1").status_code == 201
    new = sign_on(who(scope, "00u1")).user
    assert new == ada() != old
    assert not new.role_keys


@pytest.mark.parametrize("subject", ["00u1", "ADA@example.com"])
def test_a_local_users_name_is_taken_until_they_have_signed_on_as_the_same_person(
    okta: ScimClient, scope: Tenant, subject: str
) -> None:
    local = create_user(username="ada@example.com", email="old@example.com", actor=ACTOR)
    refused = okta.add()
    assert (refused.status_code, refused.json()["scimType"]) == (409, "uniqueness")
    local.refresh_from_db()
    assert local.email == "old@example.com"
    provider = who(scope, "").provider
    Identity.objects.create(
        provider_kind=provider.kind, provider_id=provider.id, subject="1", digest="1", user=local
    )
    assert okta.add(externalId="00u2").status_code == 409
    local.identities.update(subject=subject)
    made = okta.add(displayName="Ada", externalId="00u1")
    assert made.status_code == 201, made.content
    local.refresh_from_db()
    assert (local.email, local.full_name) == ("ada@example.com", "Ada")
    assert okta.add().status_code == 409


def test_an_unlinked_identity_is_gone_for_the_client(okta: ScimClient) -> None:
    at = f"/Users/{okta.add().json()['id']}"
    unlink_identity(Identity.objects.get(provider_kind="scim"), actor=ACTOR)
    assert okta.send("GET", at).status_code == 404
    assert ada().is_active


def test_break_glass_and_service_accounts_and_others_are_no_concern_of_scim(
    okta: ScimClient,
) -> None:
    robot = create_service_account(username="robot", actor=ACTOR)
    at = f"/Users/{okta.add().json()['id']}"
    assert okta.send("GET", at).status_code == 200
    group = okta.add_group("Engineers", at.rpartition("/")[2]).json()
    SignInPolicy.objects.create(break_glass=[ada().pk])
    assert okta.send("GET", at).status_code == 404
    assert okta.send("DELETE", at).status_code == 404
    assert okta.send("GET", "/Users").json()["totalResults"] == 0
    assert "members" not in okta.send("GET", f"/Groups/{group['id']}").json()
    assert okta.add("robot", emails=[]).status_code == 409
    robot.refresh_from_db()
    assert robot.is_active
    assert ada().is_active


def test_quotas_hold(okta: ScimClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenants.quotas.services.limit_of", lambda *_: 0)
    refused = okta.add()
    assert (refused.status_code, "users" in refused.json()["detail"].lower()) == (403, True)
    assert not User.objects.filter(username="ada@example.com").exists()


# --- What groups give --------------------------------------------------------------------
def test_groups_give_roles_and_teams_and_take_them(
    okta: ScimClient, scope: Tenant, person: Person
) -> None:
    team = create_team(name="Web", actor=ACTOR)
    made = okta.add().json()
    by_id = {"group": "8aa1a0c0", "team": str(team.pk)}
    mapped(person(scope), role_sync="exact", group_roles=[_ENGINEERS, by_id])
    group = okta.add_group("Engineers", made["id"], externalId="8aa1a0c0").json()
    assert _fresh().role_keys == {"system-engineer"}
    assert team.memberships.filter(user=ada()).exists()
    synced = AuditEntry.objects.filter(action="identity.sync_access").latest("created_at")
    assert synced.actor_name == "SCIM token okta"
    at = f"/Groups/{group['id']}"
    okta.patch_with(at, {"op": "remove", "path": f'members[value eq "{made["id"]}"]'})
    assert not _fresh().role_keys
    assert not team.memberships.exists()
    okta.patch_with(at, {"op": "add", "path": "members", "value": [{"value": made["id"]}]})
    assert _fresh().role_keys == {"system-engineer"}
    okta.patch_with(at, {"op": "replace", "value": {"displayName": "Others"}})
    assert not _fresh().role_keys
    okta.patch_with(at, {"op": "replace", "value": {"displayName": "Engineers"}})
    assert _fresh().role_keys == {"system-engineer"}
    okta.send("DELETE", at)
    assert not _fresh().role_keys


def test_a_group_gives_no_more_than_the_mappings_author_may(
    okta: ScimClient,
) -> None:
    made = okta.add().json()
    wanted = ("provider_mapping.update", "provider_mapping.view", "role.grant", "user.create")
    role = create_role(
        name="Clerk", permissions=dict.fromkeys((*wanted, "user.update"), "tenant"), actor=ACTOR
    )
    clerk = create_user(username="clerk", actor=ACTOR)
    grant_role(clerk, role, actor=ACTOR)
    grant_role(clerk, find_role("admin"), actor=ACTOR)
    clerk.read_access_again()
    admins = {"group": "Admins", "role": "admin"}
    mapped(clerk, role_sync="exact", group_roles=[admins])
    # By now, they hold less than they let the group give.
    clerk.role_grants.filter(role__key="admin").delete()
    okta.add_group("Admins", made["id"])
    assert not _fresh().role_keys
    withheld = AuditEntry.objects.filter(action="identity.access_withheld")
    assert withheld.count() == 1
    grant_role(clerk, find_role("admin"), actor=ACTOR)
    other = okta.add("grace@example.com").json()
    okta.add_group("Others", other["id"])
    assert not User.objects.get(username="grace@example.com").role_keys


def _fresh() -> User:
    user = user_by_id(ada().pk)
    assert user is not None
    return user
