"""SCIM tokens: created once, rotated with an overlap, valid where and as long as they say."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from rbac.errors import CannotGrant
from rbac.models import AuditEntry
from rbac.services.grants import grant_role
from rbac.services.roles import create_role, find_role
from rbac.services.users import create_user
from sso.oidc.models import OidcConfiguration
from sso.provisioning.models import Identity, ProviderMapping
from sso.saml.services.configurations import delete_configuration
from sso.scim.errors import InvalidScimToken, ScimTokenRotated, TooManyScimTokens
from sso.scim.models import ScimDirectory, ScimToken
from sso.scim.services.tokens import create_scim_token, rotate_scim_token
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.conftest import ACTOR
from tests.sso.scim.clients import ScimClient, provider_of, scim_client, scim_token

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Api, Person

_TOKENS = "/api/v1/sso/scim-tokens/"


def _opens(tenant: Tenant, secret: str) -> bool:
    return bool(ScimClient(tenant, secret).send("GET", "/Users").status_code == 200)


def test_a_token_is_shown_once_noted_when_used_and_revoked(tenant: Tenant, api: Api) -> None:
    admin, provider = api(tenant), provider_of(tenant)
    body = {"name": "Okta", "provider_kind": "saml", "provider_id": str(provider.pk)}
    made = admin.post(_TOKENS, body)
    assert made.status_code == 201, made.content
    secret, at = made.json()["token"], f"{_TOKENS}{made.json()['id']}/"
    assert secret not in str(admin.get(at).json())
    assert _opens(tenant, secret)
    assert admin.get(at).json()["last_used_at"] is not None
    with tenant_scope(tenant):
        row = ScimToken.objects.get()
        assert secret not in str(vars(row))
        entry = AuditEntry.objects.get(action="scim_token.create")
        assert secret not in str(entry.changes)
    assert admin.delete(at).status_code == 204
    assert not _opens(tenant, secret)


def test_a_rotated_token_is_valid_beside_the_new_one_for_a_while(tenant: Tenant, api: Api) -> None:
    old, secret = scim_token(tenant)
    admin, at = api(tenant), f"{_TOKENS}{old.pk}/rotate/"
    made = admin.post(at, {"grace_period_seconds": 3600})
    assert made.status_code == 201, made.content
    assert _opens(tenant, secret)
    assert _opens(tenant, made.json()["token"])
    assert made.json()["replaces"] == str(old.pk)
    with tenant_scope(tenant):
        with pytest.raises(ScimTokenRotated):
            rotate_scim_token(old, actor=ACTOR)
        ScimToken.objects.filter(pk=old.pk).update(expires_at=timezone.now())
    assert not _opens(tenant, secret)
    with tenant_scope(tenant), pytest.raises(InvalidScimToken):
        rotate_scim_token(old, actor=ACTOR)


@pytest.mark.parametrize(
    ("given", "is_open"),
    [
        ({}, True),
        ({"networks": ["127.0.0.0/8"]}, True),
        ({"networks": ["192.0.2.0/24"]}, False),
        ({"expires_at": timezone.now() + timedelta(days=1)}, True),
    ],
    ids=["anywhere", "from here", "from elsewhere", "until tomorrow"],
)
def test_limits_hold(acme: Tenant, given: dict[str, Any], *, is_open: bool) -> None:
    assert _opens(acme, scim_token(acme, **given)[1]) is is_open


def test_what_makes_no_sense_is_refused(acme: Tenant) -> None:
    past = timezone.now() - timedelta(seconds=1)
    for wrong in ({"expires_at": past}, {"networks": ["all"]}):
        with pytest.raises(InvalidScimToken):
            scim_token(acme, **wrong)
    with tenant_scope(acme):
        for kind in ("saml", "oidc", "scim"):
            with pytest.raises(InvalidScimToken):
                create_scim_token(name="x", provider_kind=kind, provider_id=acme.pk, actor=ACTOR)
    for _ in range(10):
        scim_token(acme)
    with pytest.raises(TooManyScimTokens):
        scim_token(acme)


def test_creating_takes_all_that_an_admin_may_do(tenant: Tenant) -> None:
    provider = provider_of(tenant)
    wanted: dict[str, Any] = {"provider_kind": "saml", "provider_id": provider.pk, "name": "x"}
    with tenant_scope(tenant):
        role = create_role(
            name="Keeper",
            permissions=dict.fromkeys(("scim_token.create", "scim_token.view"), "tenant"),
            actor=ACTOR,
        )
        keeper = create_user(username="keeper", actor=ACTOR)
        grant_role(keeper, role, actor=ACTOR)
        keeper.read_access_again()
        with pytest.raises(CannotGrant):
            create_scim_token(**wanted, actor=keeper)
        assert not ScimToken.objects.exists()
        grant_role(keeper, find_role("admin"), actor=ACTOR)
        keeper.read_access_again()
        assert create_scim_token(**wanted, actor=keeper)


def test_whoever_finds_one_revokes_it_without_credentials(tenant: Tenant, api: Api) -> None:
    _, secret = scim_token(tenant)
    other = scim_token(tenant)[1]
    anybody = api(tenant).__class__(tenant)
    assert anybody.post("/api/v1/tokens/revoke/", {"token": secret}).status_code == 204
    assert not _opens(tenant, secret)
    assert _opens(tenant, other)


def test_with_the_provider_goes_all_but_the_users(tenant: Tenant) -> None:
    okta = scim_client(tenant)
    okta.add_group("Engineers", okta.add().json()["id"])
    with tenant_scope(tenant):
        directory = ScimDirectory.objects.get()
        ProviderMapping.objects.create(provider_kind="scim", provider_id=directory.pk)
        delete_configuration(provider_of(tenant), actor=ACTOR)
        for left in (ScimToken, ScimDirectory, Identity, ProviderMapping):
            assert not left.objects.exists()
    assert okta.send("GET", "/Users").status_code == 401


def test_admins_create_and_revoke_them(tenant: Tenant, person: Person) -> None:
    provider = provider_of(tenant)
    admin = AdminClient(tenant, person(tenant))
    page = admin.submit("scim_scimtoken_add", name="Okta", provider=f"saml {provider.pk}")
    with tenant_scope(tenant):
        token = ScimToken.objects.get()
    assert token.prefix in page.content.decode()
    shown = admin.page("scim_scimtoken_change", token.pk)
    assert "Okta" in shown
    assert admin.submit("scim_scimtoken_revoke", token.pk).status_code == 302
    with tenant_scope(tenant):
        token.refresh_from_db()
    assert not token.is_live


@pytest.mark.parametrize("kind", ["saml", "oidc"])
def test_while_its_provider_is_disabled_a_token_opens_nothing(tenant: Tenant, kind: str) -> None:
    provider: Any = provider_of(tenant) if kind == "saml" else _oidc_provider(tenant)
    with tenant_scope(tenant):
        _, secret = create_scim_token(
            name="SCIM", provider_kind=kind, provider_id=provider.pk, actor=ACTOR
        )
        other = scim_token(tenant, "entra")[1]
    assert _opens(tenant, secret)
    for is_enabled in (False, True):
        with tenant_scope(tenant):
            provider.is_enabled = is_enabled
            provider.save()
        assert _opens(tenant, secret) is is_enabled
        assert _opens(tenant, other)


def _oidc_provider(tenant: Tenant) -> OidcConfiguration:
    with tenant_scope(tenant):
        row: OidcConfiguration = OidcConfiguration.objects.create(
            slug="google", name="Google", name_key="google", issuer="https://idp.example.com"
        )
    return row
