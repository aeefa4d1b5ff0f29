"""Whom SCIM deactivates, and who can prevent or undo that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sso.provisioning.errors import IdentityManaged
from sso.provisioning.models import Identity
from sso.provisioning.services.identities import unlink_identity
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
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
    linked = Identity.objects.create(
        provider_kind="saml",
        provider_id=provider_of(tenant).pk,
        subject="00u1",
        digest="1",
        user=user,
    )
    return Identity.objects.get(provider_kind="scim"), linked


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
