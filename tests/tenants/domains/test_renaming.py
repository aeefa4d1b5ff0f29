"""A tenant gets another slug: the new address, the old one, and whose it is afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from iac_platform.common.audit import SystemActor
from iac_platform.common.errors import RevisionConflict
from rbac.models import AuditEntry
from tenants import errors
from tenants.context import tenant_scope
from tenants.domains.services.addresses import sweep_expired_redirects
from tenants.models import Domain, Tenant
from tenants.tenants.services import create_tenant, rename_tenant
from tests.admin_client import AdminClient
from tests.throwaway import platform

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from tests.conftest import Api, Person, Rivals

ACTOR = SystemActor("tests")
BASE = django_settings.BASE_DOMAIN
NEW = f"initech.{BASE}"


@pytest.fixture(autouse=True)
def _over_https(settings: Settings) -> None:
    """As in production, but that the test's client may speak plainly."""
    settings.SECURE = True
    settings.SECURE_SSL_REDIRECT = False


def rename(tenant: Tenant, slug: str = "initech", **options: Any) -> Tenant:
    with tenant_scope(platform()):
        return rename_tenant(tenant, slug=slug, actor=ACTOR, **options)


def address_of(tenant: Tenant) -> str:
    with tenant_scope(tenant):
        return Domain.objects.get(tenant=tenant, is_primary=True).domain


def expire(host: str) -> None:
    with tenant_scope(platform()):
        Domain.objects.filter(domain=host).update(redirects_until=timezone.now() - timedelta(1))


def get(host: str, path: str = "/login/") -> Any:
    return Client(HTTP_HOST=host).get(path)


def test_the_new_address_is_served_and_the_old_one_leads_there(tenant: Tenant) -> None:
    old = address_of(tenant)
    renamed = rename(tenant)
    assert (renamed.slug, renamed.revision) == ("initech", tenant.revision + 1)
    assert address_of(tenant) == NEW
    assert get(NEW).status_code == 200
    response = get(old, "/api/v1/projects/?page_size=2&ordering=-name")
    assert response.status_code == 308
    expected = f"https://{NEW}/api/v1/projects/?page_size=2&ordering=-name"
    assert response.headers["Location"] == expected
    for path in ("/api/v1/projects/", "/admin/", "/elsewhere"):
        assert get(old, path).headers["Cache-Control"] == "no-store"
    posted = Client(HTTP_HOST=old).post("/api/v1/projects/", {"name": "x"})
    assert posted.status_code == 308
    with tenant_scope(platform()):
        entry = AuditEntry.objects.get(action="tenant.update", subject_id=str(tenant.pk))
        assert entry.changes == {"slug": [tenant.slug, "initech"]}


@pytest.mark.parametrize("path", ["//evil.example/x", "/%2F%2Fevil.example", "/\\evil.example"])
def test_the_target_is_never_the_requests(tenant: Tenant, path: str) -> None:
    old = address_of(tenant)
    rename(tenant)
    headers = {"x-forwarded-host": "evil.example", "host": f"{old}:8080"}
    response = Client().get(path, headers=headers)
    assert response.status_code == 308
    assert response.headers["Location"].startswith(f"https://{NEW}/")


def test_a_developers_port_is_kept(tenant: Tenant, settings: Settings) -> None:
    settings.SECURE = False
    old = address_of(tenant)
    rename(tenant)
    assert get(f"{old}:8000", "/x").headers["Location"] == f"http://{NEW}:8000/x"
    assert get(old, "/x").headers["Location"] == f"http://{NEW}/x"


def test_health_checks_do_not_follow(tenant: Tenant) -> None:
    old = address_of(tenant)
    rename(tenant)
    assert get(old, "/healthz").status_code == 200


def test_tokens_go_on_working_and_the_old_slug_confirms_no_more(tenant: Tenant, api: Api) -> None:
    client, old = api(tenant), tenant.slug
    rename(tenant)
    there = client.at(NEW)
    assert there.get("/api/v1/me/").status_code == 200
    assert there.get("/api/v1/me/", headers={"X-Tenant-ID": "initech"}).status_code == 200
    refused = there.get("/api/v1/me/", headers={"X-Tenant-ID": old})
    assert (refused.status_code, refused.json()["code"]) == (403, "tenant-mismatch")


def test_every_former_address_leads_to_the_present_one(tenant: Tenant) -> None:
    first = address_of(tenant)
    rename(tenant)
    rename(tenant, "hooli")
    for former in (first, NEW):
        assert get(former, "/x").headers["Location"] == f"https://hooli.{BASE}/x"


def test_renaming_back_works(tenant: Tenant) -> None:
    old = address_of(tenant)
    rename(tenant)
    rename(tenant, tenant.slug)
    assert address_of(tenant) == old
    assert get(old).status_code == 200
    assert get(NEW, "/x").headers["Location"] == f"https://{old}/x"


def test_a_former_address_stays_out_of_others_reach_until_it_is_swept(rivals: Rivals) -> None:
    renamed, other = rivals
    old, slug = address_of(renamed), renamed.slug
    rename(renamed)
    with pytest.raises(errors.SlugTaken, match="still redirects"):
        rename(other, slug)
    with tenant_scope(platform()):
        with pytest.raises(errors.SlugTaken, match="still redirects"):
            create_tenant(slug=slug, name="Impostor", actor=ACTOR)
        assert not Tenant.objects.filter(name="Impostor").exists()
        assert sweep_expired_redirects(actor=ACTOR) == []
    assert address_of(other) == f"{other.slug}.{BASE}"
    expire(old)
    assert get(old).status_code == 404
    with tenant_scope(platform()):
        assert sweep_expired_redirects(actor=ACTOR) == [old]
    rename(other, slug)
    assert address_of(other) == old
    assert get(old).status_code == 200


@pytest.mark.parametrize(
    ("slug", "error", "why"),
    [
        ("platform", errors.ReservedSlug, "'platform' is a host of the platform"),
        ("admin", errors.ReservedSlug, "'admin' is a host of the platform"),
        ("Ini.tech", errors.InvalidTenant, "slug: "),
        ("x" * 41, errors.InvalidTenant, "slug: "),
        ("globex", errors.SlugTaken, "globex"),
    ],
)
def test_a_slug_that_cannot_be_had_changes_nothing(
    tenant: Tenant, slug: str, error: type[Exception], why: str
) -> None:
    before = address_of(tenant)
    with pytest.raises(error, match=why):
        rename(tenant, slug)
    assert Tenant.objects.get(pk=tenant.pk).slug == tenant.slug
    assert address_of(tenant) == before
    assert get(before).status_code == 200


def test_the_operators_own_address_stays(operator: Tenant) -> None:
    with pytest.raises(errors.PlatformIsFixed, match="The operator's address stays"):
        rename(operator)
    assert address_of(operator) == f"platform.{BASE}"


def test_somebody_who_saw_an_older_revision_is_told(tenant: Tenant) -> None:
    rename(tenant, "hooli", revision=tenant.revision)
    with pytest.raises(RevisionConflict, match="Read it again and repeat your change"):
        rename(tenant, revision=tenant.revision)
    assert address_of(tenant) == f"hooli.{BASE}"


def test_a_tenant_cannot_strike_out_its_former_address(tenant: Tenant, api: Api) -> None:
    client, old = api(tenant), address_of(tenant)
    rename(tenant)
    there = client.at(NEW)
    listed = there.get("/api/v1/domains/").json()["results"]
    former = next(each for each in listed if each["domain"] == old)
    assert former["redirects_until"]
    assert former["records"] == []
    refused = there.delete(f"/api/v1/domains/{former['id']}/")
    assert (refused.status_code, refused.json()["code"]) == (409, "primary-domain-stays")
    assert get(old).status_code == 308


def test_the_operator_renames_by_the_api(tenant: Tenant, operator: Tenant, api: Api) -> None:
    client = api(operator, "operator")
    path = f"/api/v1/tenants/{tenant.pk}/"
    tag = client.get(path).headers["ETag"]
    response = client.patch(path, {"slug": "initech"}, headers={"If-Match": tag})
    assert response.status_code == 200
    assert response.json()["slug"] == "initech"
    assert NEW in response.json()["domains"]
    stale = client.patch(path, {"slug": "hooli"}, headers={"If-Match": tag})
    assert stale.status_code == 412


def test_the_operator_renames_in_the_admin(
    tenant: Tenant, operator: Tenant, person: Person
) -> None:
    operators = AdminClient(operator, person(operator, "operator"))
    page = operators.page("tenants_tenant_change_slug", tenant.pk)
    assert "will redirect to the new address for 90 days" in page
    fields = {"slug": "globex", "seen_revision": tenant.revision}
    taken = operators.submit("tenants_tenant_change_slug", tenant.pk, **fields)
    assert "another tenant is called" in taken.content.decode()
    fields["slug"] = "Initech"
    assert operators.submit("tenants_tenant_change_slug", tenant.pk, **fields).status_code == 302
    assert address_of(tenant) == NEW
    stale = operators.submit("tenants_tenant_change_slug", tenant.pk, **fields | {"slug": "hooli"})
    assert "Somebody changed this" in stale.content.decode()
    assert address_of(tenant) == NEW
