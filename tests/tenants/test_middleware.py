"""Whose a request is: host, token and header, and every way in which they may disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.test import Client

from rbac import tokens
from rbac.models import User
from tenants.context import current_tenant_or_none, tenant_scope
from tenants.models import Domain, Placement, Tenant
from tests.api_client import ApiClient, body, host_of

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from tests.conftest import Api, Rivals

BARE = django_settings.BASE_DOMAIN


@pytest.fixture(autouse=True)
def _own_addresses(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.tenants.views"
    settings.MIDDLEWARE = [
        "tenants.middleware.TenantMiddleware",
        "tenants.middleware.TenantSessionMiddleware",
    ]


def get(host: str, path: str = "/whose", **headers: str) -> Any:
    return Client().get(path, headers={"host": host, "accept": "application/json", **headers})


def bearer(tenant_id: Any) -> str:
    """A token with a right form and checksum; whether it is valid, nobody asks here."""
    return f"Bearer {tokens.mint(tenant_id)}"


def refusal(response: Any) -> tuple[int, str]:
    assert response.headers["Content-Type"].startswith("application/problem+json")
    return response.status_code, response.json()["code"]


def set_status(tenant: Tenant, **values: str) -> None:
    """Change a tenant in this test's transaction, as the operator may."""
    operator = Tenant.objects.select_related("placement").get(slug="platform")
    with tenant_scope(operator):
        Tenant.objects.filter(pk=tenant.pk).update(**values)


def test_the_host_decides(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        User.objects.create(username="one")
    for host in (host_of(tenant), host_of(tenant).upper(), f"{host_of(tenant)}:8443"):
        response = get(host)
        assert response.status_code == 200
        assert response.json() == {"request": tenant.slug, "scope": tenant.slug, "users": ["one"]}


def test_the_scope_ends_with_the_request(tenant: Tenant) -> None:
    assert get(host_of(tenant)).status_code == 200
    assert current_tenant_or_none() is None


@pytest.mark.parametrize("bare", [BARE, "localhost", "127.0.0.1:8000", "[::1]"])
def test_at_a_bare_host_the_token_decides(tenant: Tenant, bare: str) -> None:
    response = get(bare, authorization=bearer(tenant.id))
    assert response.json()["scope"] == tenant.slug
    assert get(bare).json() == {"request": None, "scope": None, "users": None}


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("credentials", ["", "Bearer", "Bearer nonsense", "Basic YTpi"])
def test_at_a_bare_host_without_a_token_there_is_no_tenant(credentials: str) -> None:
    assert get(BARE, authorization=credentials).json()["scope"] is None


@pytest.mark.usefixtures("db")
def test_a_token_of_an_unknown_tenant_names_nobody() -> None:
    assert get(BARE, authorization=bearer(uuid4())).json()["scope"] is None


def test_a_token_of_another_tenant_is_refused_at_a_host(rivals: Rivals) -> None:
    attacker, victim = rivals
    response = get(host_of(victim), authorization=bearer(attacker.id))
    assert refusal(response) == (403, "tenant-mismatch")
    assert get(host_of(victim), authorization=bearer(victim.id)).json()["scope"] == victim.slug


def test_the_header_may_confirm_but_never_decide(rivals: Rivals) -> None:
    attacker, victim = rivals
    for right in (str(attacker.id), attacker.slug):
        response = get(host_of(attacker), **{"x-tenant-id": right})
        assert response.json()["scope"] == attacker.slug
    for wrong in (str(victim.id), victim.slug, str(uuid4()), "", "*"):
        response = get(host_of(attacker), **{"x-tenant-id": wrong})
        assert refusal(response) == (403, "tenant-mismatch")
        response = get(BARE, authorization=bearer(attacker.id), **{"x-tenant-id": wrong})
        assert refusal(response) == (403, "tenant-mismatch")
    # Alone it names nobody, not even with the right name.
    assert refusal(get(BARE, **{"x-tenant-id": str(victim.id)})) == (403, "tenant-mismatch")


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    "host",
    ["nobody." + BARE, "example.com", "acme." + BARE + ".example.com", "acme", "." + BARE],
)
def test_an_unknown_host_is_not_found(host: str) -> None:
    assert refusal(get(host)) == (404, "unknown-host")


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    "host",
    [
        "",
        "a b",
        "acme/evil",
        "acme.iac.test@evil",
        "acme.iac.test:port",
        "a\x00b",
        "[::1",
        "ä.test",
    ],
)
def test_a_malformed_host_is_not_found(host: str) -> None:
    assert refusal(get(host)) == (404, "unknown-host")


def test_only_verified_domains_are_served(tenant: Tenant) -> None:
    operator = Tenant.objects.select_related("placement").get(slug="platform")
    primary = Domain.objects.get(domain=host_of(tenant))
    with tenant_scope(operator):
        domain = Domain.objects.create(domain="infra.customer.example", tenant=tenant)
    assert refusal(get("infra.customer.example")) == (404, "unknown-host")
    with tenant_scope(operator):
        Domain.objects.filter(pk=domain.pk).update(verified_at=primary.verified_at)
    assert get("infra.customer.example").json()["scope"] == tenant.slug


def test_a_suspended_tenant_is_refused_and_comes_back(tenant: Tenant) -> None:
    set_status(tenant, status="suspended")
    assert refusal(get(host_of(tenant))) == (403, "tenant-suspended")
    assert refusal(get(BARE, authorization=bearer(tenant.id))) == (403, "tenant-suspended")
    set_status(tenant, status="active")
    assert get(host_of(tenant)).status_code == 200


def test_a_tenant_in_the_making_is_unavailable_for_a_while(tenant: Tenant) -> None:
    set_status(tenant, status="provisioning")
    response = get(host_of(tenant))
    assert refusal(response) == (503, "tenant-not-ready")
    assert int(response.headers["Retry-After"]) > 0


def test_an_active_tenant_without_its_placement_is_unavailable_too(tenant: Tenant) -> None:
    operator = Tenant.objects.select_related("placement").get(slug="platform")
    with tenant_scope(operator):
        Placement.objects.filter(pk=tenant.placement_id).update(status="failed")
    assert refusal(get(host_of(tenant))) == (503, "tenant-not-ready")


@pytest.mark.usefixtures("db")
def test_health_checks_belong_to_nobody_whatever_the_host(acme: Tenant) -> None:
    for host in (host_of(acme), BARE, "unknown.example"):
        assert get(host, "/healthz").json()["scope"] is None


def test_a_scope_left_behind_on_the_thread_reaches_no_request(acme: Tenant) -> None:
    with tenant_scope(acme):
        assert get(BARE).json()["scope"] is None
        assert get(host_of(acme), "/healthz").json()["scope"] is None


def test_a_streamed_body_is_made_in_the_scope_of_its_request(rivals: Rivals) -> None:
    attacker, victim = rivals
    for tenant in rivals:
        with tenant_scope(tenant):
            for name in ("a", "b", "c"):
                User.objects.create(username=f"{name}-{tenant.slug}")
    first, second = (
        iter(get(host_of(tenant), "/stream").streaming_content) for tenant in (attacker, victim)
    )
    seen: dict[str, list[str]] = {attacker.slug: [], victim.slug: []}
    for chunks in zip(first, second, strict=True):
        for tenant, chunk in zip(rivals, chunks, strict=True):
            seen[tenant.slug].append(chunk.decode().strip())
        assert current_tenant_or_none() is None
    for slug, lines in seen.items():
        assert lines == [f"a-{slug}", f"b-{slug}", f"c-{slug}", "3"]


def test_a_session_is_good_at_its_own_tenants_host_only(rivals: Rivals) -> None:
    attacker, victim = rivals
    browser = Client()
    browser.post("/remember?note=secret", headers={"host": host_of(victim)})
    assert browser.cookies["sessionid"].value

    def note(host: str) -> object:
        answer = Client()
        answer.cookies["sessionid"] = browser.cookies["sessionid"].value
        return answer.get("/remember", headers={"host": host}).json()["note"]

    assert note(host_of(victim)) == "secret"
    assert note(host_of(attacker)) is None
    assert note(BARE) is None


@pytest.mark.usefixtures("db")
def test_at_the_bare_host_no_session_is_begun() -> None:
    response = Client().post("/remember?note=x", headers={"host": BARE})
    assert response.json() == {"note": "x"}
    assert "sessionid" not in response.cookies


def test_a_session_cookie_at_the_bare_host_signs_nobody_in(tenant: Tenant) -> None:
    browser = Client()
    browser.post("/remember?note=mine", headers={"host": host_of(tenant)})
    answer = browser.get("/remember", headers={"host": BARE, "authorization": bearer(tenant.id)})
    # The token decides the tenant; the cookie is looked up there and is the same tenant's.
    assert answer.json()["note"] == "mine"
    assert browser.get("/remember", headers={"host": BARE}).json()["note"] is None


def test_the_clients_of_the_test_suite_speak_to_their_tenant(api: Api, tenant: Tenant) -> None:
    client = api(tenant, "viewer")
    assert client.get("/whose").json()["scope"] == tenant.slug
    assert client.at(BARE).get("/whose").json()["scope"] == tenant.slug
    assert body(ApiClient(tenant).get("/stream")) == b"viewer-of-the-test\n1\n"
