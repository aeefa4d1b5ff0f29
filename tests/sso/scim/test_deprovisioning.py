"""Whom SCIM deactivates, and who can prevent or undo that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rbac.models import User
from rbac.services.users import update_user
from sso.provisioning.errors import IdentityManaged
from sso.provisioning.models import Identity
from sso.provisioning.services.identities import unlink_identity
from sso.sign_in.models import SignInPolicy
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.conftest import ACTOR
from tests.sso.scim.clients import ScimClient, provider_of, scim_client
from tests.sso.scim.test_users import ada

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenants.models import Tenant

_OFF = {"op": "replace", "path": "active", "value": False}
_PAGE = "/account/identities/"


@pytest.fixture
def scope(tenant: Tenant) -> Iterator[Tenant]:
    """The test goes on in the tenant."""
    with tenant_scope(tenant):
        yield tenant


@pytest.fixture
def okta(scope: Tenant) -> ScimClient:
    """The provider as a SCIM client."""
    return scim_client(scope)


# --- Nobody takes themselves out --------------------------------------------------------
def _with_password_and_link(tenant: Tenant) -> tuple[Identity, Identity]:
    """Their identity by SCIM, and one by which they sign on; a password is another way in."""
    user = ada()
    user.set_password("tangerine-orbit-42")
    user.save()
    return Identity.objects.get(provider_kind="scim"), _signs_on(tenant)


def test_whom_scim_manages_cannot_end_that_themselves(okta: ScimClient, scope: Tenant) -> None:
    at = f"/Users/{okta.add().json()['id']}"
    managed, linked = _with_password_and_link(scope)
    with pytest.raises(IdentityManaged):
        unlink_identity(managed, actor=ada())
    unlink_identity(linked, actor=ada())
    assert okta.patch_with(at, _OFF).status_code == 200
    assert not ada().is_active


def test_their_page_offers_to_unlink_the_others_alone(okta: ScimClient, scope: Tenant) -> None:
    okta.add()
    managed, linked = _with_password_and_link(scope)
    browser = AdminClient(scope, ada())
    page = browser.get(_PAGE).content.decode()
    assert "Okta (SCIM)" in page
    assert f"{_PAGE}{linked.pk}/unlink/" in page
    assert f"{_PAGE}{managed.pk}/unlink/" not in page
    refused = browser.post(f"{_PAGE}{managed.pk}/unlink/", follow=True).content.decode()
    assert "manages you by it" in refused
    assert Identity.objects.filter(pk=managed.pk).exists()


# --- Only what SCIM did is undone by SCIM -----------------------------------------------
def _set_active(*, is_active: bool) -> None:
    """As an admin."""
    update_user(ada(), actor=ACTOR, changes={"is_active": is_active})


def test_a_later_deactivation_by_an_admin_stays(okta: ScimClient) -> None:
    made = okta.add().json()
    at = f"/Users/{made['id']}"
    okta.patch_with(at, _OFF)
    _set_active(is_active=True)
    _set_active(is_active=False)
    assert okta.send("PUT", at, {**made, "active": True}).json()["active"] is False
    assert not ada().is_active


def test_what_an_admin_changes_beside_it_keeps_scims_own_deactivation(okta: ScimClient) -> None:
    made = okta.add().json()
    at = f"/Users/{made['id']}"
    okta.patch_with(at, _OFF)
    update_user(ada(), actor=ACTOR, changes={"full_name": "Ada"})
    assert okta.send("PUT", at, {**made, "active": True}).json()["active"] is True
    okta.patch_with(at, _OFF)
    assert okta.send("PUT", at, {**made, "active": True}).json()["active"] is True


# --- Whom the client deleted, and who is used again -------------------------------------
def _signs_on(tenant: Tenant, subject: str = "00u1") -> Identity:
    return Identity.objects.create(
        provider_kind="saml",
        provider_id=provider_of(tenant).pk,
        subject=subject,
        digest=subject,
        user=ada(),
    )


@pytest.mark.parametrize("again", [{}, {"user_name": "grace@example.com"}], ids=["name", "id"])
def test_a_deleted_user_who_is_active_again_keeps_name_and_identities(
    okta: ScimClient, scope: Tenant, again: dict[str, Any]
) -> None:
    okta.send("DELETE", f"/Users/{okta.add(externalId='00u1').json()['id']}")
    kept = _signs_on(scope)
    _set_active(is_active=True)
    refused = okta.add(externalId="00u1", **again)
    assert (refused.status_code, refused.json()["scimType"]) == (409, "uniqueness")
    assert ada().is_active
    assert Identity.objects.filter(pk=kept.pk).exists()
    unlink_identity(Identity.objects.get(provider_kind="scim"), actor=ACTOR)
    assert okta.add(externalId="00u1").status_code == 201
    assert Identity.objects.get(provider_kind="scim").user == ada()


def test_a_deleted_user_who_is_a_break_glass_account_by_now_keeps_them_too(
    okta: ScimClient,
) -> None:
    okta.send("DELETE", f"/Users/{okta.add().json()['id']}")
    policy = SignInPolicy.objects.create(break_glass=[ada().pk])
    assert okta.add().status_code == 409
    policy.delete()
    old = ada()
    assert okta.add().status_code == 201
    assert old != ada()
    assert User.objects.get(pk=old.pk).username.endswith(f"-deleted-{old.pk.hex[:8]}")
