"""Configurations: what is refused, and that nobody reads a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rbac.models import AuditEntry
from sso.oidc.errors import (
    InvalidOidcConfiguration,
    OidcSlugTaken,
    TooManyOidcConfigurations,
)
from sso.oidc.models import OidcClientSecret
from sso.oidc.services import configurations
from sso.oidc.services.configurations import (
    create_oidc_configuration,
    delete_oidc_configuration,
    update_oidc_configuration,
)
from tests.conftest import ACTOR
from tests.sso.oidc.visitors import Visitor

if TYPE_CHECKING:
    from sso.oidc.models import OidcConfiguration
    from tenants.models import Tenant
    from tests.conftest import Api

SECRET = "only-for-tests"
ISSUER = "https://sso.example.com"


def created(slug: str = "sso", **given: Any) -> OidcConfiguration:
    chosen = {"issuer": ISSUER, "client_id": "platform", "client_secret": SECRET, **given}
    return create_oidc_configuration(name=slug.title(), slug=slug, actor=ACTOR, **chosen)


@pytest.mark.parametrize(
    "given",
    [
        {"issuer": "http://sso.example.com"},
        {"issuer": "https://sso.example.com/?a=b"},
        {"issuer": "https://user@sso.example.com"},
        {"issuer": "sso.example.com"},
        {"client_id": "with space"},
        {"client_secret": "with\nline"},
        {"client_secret": "x" * 1001},
        {"scopes": ["profile"]},
        {"scopes": ["openid", "a b"]},
        {"signing_algorithm": "HS256"},
        {"signing_algorithm": "none"},
        {"issuer": "https://accounts.google.com"},
        {"issuer": "https://accounts.google.com", "hosted_domain": "https://example.com"},
        {"hosted_domain": "example.com"},
    ],
)
def test_what_would_sign_on_nobody_or_everybody_is_refused(
    in_scope: Tenant, given: dict[str, Any]
) -> None:
    del in_scope
    with pytest.raises(InvalidOidcConfiguration):
        created(**given)
    created()


def test_google_needs_the_domain_of_an_organisation(in_scope: Tenant) -> None:
    del in_scope
    made = created(issuer="https://accounts.google.com", hosted_domain="example.com")
    with pytest.raises(InvalidOidcConfiguration):
        update_oidc_configuration(made, actor=ACTOR, changes={"hosted_domain": ""})


def test_slugs_are_unique_in_a_tenant(in_scope: Tenant) -> None:
    del in_scope
    created()
    with pytest.raises(OidcSlugTaken):
        create_oidc_configuration(
            name="Another", slug="sso", issuer=ISSUER, client_id="platform", actor=ACTOR
        )


def test_a_tenant_has_so_many_at_most(in_scope: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    del in_scope
    monkeypatch.setattr(configurations, "MOST_CONFIGURATIONS", 1)
    created()
    with pytest.raises(TooManyOidcConfigurations):
        created("second")


def test_the_secret_is_sealed_and_shown_to_nobody(tenant: Tenant, api: Api) -> None:
    client = api(tenant)
    asked = {"name": "Sso", "slug": "sso", "issuer": ISSUER, "client_id": "platform"}
    made = client.post("/api/v1/sso/oidc/", {**asked, "client_secret": SECRET})
    assert (made.status_code, made.json()["has_client_secret"]) == (201, True)
    read = client.get(f"/api/v1/sso/oidc/{made.json()['id']}/")
    assert SECRET not in made.content.decode() + read.content.decode()


def test_replacing_a_secret_is_on_record_without_it(in_scope: Tenant) -> None:
    del in_scope
    made = created()
    before = OidcClientSecret.objects.get()
    assert SECRET.encode() not in bytes(before.secret)
    update_oidc_configuration(made, actor=ACTOR, changes={"client_secret": ""})
    assert OidcClientSecret.objects.get() == before
    update_oidc_configuration(made, actor=ACTOR, changes={"client_secret": "another-one"})
    assert OidcClientSecret.objects.get() != before
    entry = AuditEntry.objects.latest("created_at")
    assert "client_secret_id" in entry.changes
    assert "another-one" not in str(entry.changes)


@pytest.mark.parametrize("changes", [{"issuer": "https://evil.example.com"}, {"client_id": "x"}])
def test_nobody_has_the_secret_sent_to_another(in_scope: Tenant, changes: dict[str, str]) -> None:
    del in_scope
    made = created()
    update_oidc_configuration(made, actor=ACTOR, changes={"name": "Renamed"})
    assert OidcClientSecret.objects.exists()
    update_oidc_configuration(made, actor=ACTOR, changes=changes)
    assert not OidcClientSecret.objects.exists()
    update_oidc_configuration(made, actor=ACTOR, changes={"issuer": ISSUER, "client_secret": "new"})
    assert OidcClientSecret.objects.count() == 1


def test_what_lacks_its_secret_is_no_way_to_sign_on(tenant: Tenant, in_scope: Tenant) -> None:
    del in_scope
    made = created(client_secret="")
    visitor = Visitor(tenant)
    assert visitor.get("/sso/oidc/sso/login/").status_code == 404
    assert "/sso/oidc/sso/" not in visitor.get("/login/").content.decode()
    update_oidc_configuration(made, actor=ACTOR, changes={"client_secret": SECRET})
    assert "/sso/oidc/sso/login/" in visitor.get("/login/").content.decode()
    delete_oidc_configuration(made, actor=ACTOR)
    assert not OidcClientSecret.objects.exists()
