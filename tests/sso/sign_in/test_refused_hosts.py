"""Where no tenant can be used, people get a page and programs a problem document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.test import Client

from tenants.context import tenant_scope
from tenants.models import Tenant, TenantStatus
from tests.api_client import host_of
from tests.throwaway import platform

if TYPE_CHECKING:
    from collections.abc import Callable

CHROMIUM = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
PAGES = ("/", "/login/", "/admin/", "/admin/login/", "/account/", "/no/such/page/")
REFUSED: list[tuple[str, int, str]] = [
    (TenantStatus.SUSPENDED, 403, "The tenant is suspended"),
    (TenantStatus.INVITED, 403, "The tenant has no admin yet"),
    (TenantStatus.PENDING_DELETION, 403, "The tenant will be deleted"),
    (TenantStatus.PROVISIONING, 503, "The tenant is being provisioned"),
    ("unknown", 404, "No tenant is served at this host"),
]


@pytest.fixture
def host(acme: Tenant) -> Callable[[str], str]:
    """The host of a tenant with a status, or of none."""

    def of(status: str) -> str:
        if status == "unknown":
            return f"nobody-at-all.{settings.BASE_DOMAIN}"
        with tenant_scope(platform()):
            Tenant.objects.filter(pk=acme.pk).update(status=status)
        return host_of(acme)

    return of


def get(host: str, path: str, accept: str) -> Any:
    return Client(HTTP_HOST=host).get(path, headers={"accept": accept})


@pytest.mark.parametrize("accept", [CHROMIUM, "*/*"])
@pytest.mark.parametrize(("status", "code", "words"), REFUSED)
def test_people_get_a_page(
    host: Callable[[str], str], status: str, code: int, words: str, accept: str
) -> None:
    address = host(status)
    for path in PAGES:
        answer = get(address, path, accept)
        assert answer.status_code == code, path
        assert answer["Content-Type"].startswith("text/html"), path
        assert f"<h1>{words}</h1>" in answer.content.decode()
        assert answer["Cache-Control"] == "no-store"
        assert "sessionid" not in answer.cookies


@pytest.mark.parametrize(("status", "code", "words"), REFUSED)
def test_programs_get_a_problem_document(
    host: Callable[[str], str], status: str, code: int, words: str
) -> None:
    address = host(status)
    for path, accept in (
        ("/api/v1/me/", CHROMIUM),
        ("/api/v1/me/", "*/*"),
        ("/admin/", "application/json"),
    ):
        answer = get(address, path, accept)
        assert (answer.status_code, answer.json()["title"]) == (code, words)
        assert answer["Content-Type"].startswith("application/problem+json")


def test_the_invitation_of_a_tenant_that_waits_for_its_admin_is_open(
    host: Callable[[str], str],
) -> None:
    address = host(TenantStatus.INVITED)
    answer = get(address, "/invitation/", CHROMIUM)
    assert answer.status_code == 200
    assert "You become the first admin" in answer.content.decode()
    moved = get(address, "/admin/invitation/", CHROMIUM)
    assert (moved.status_code, moved["Location"]) == (302, "/invitation/")


def test_a_tenant_that_can_be_used_is_served(acme: Tenant) -> None:
    assert get(host_of(acme), "/login/", CHROMIUM).status_code == 200
