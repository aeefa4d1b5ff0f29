"""A tenant's admin, and others, at ``/api/v1/domains/``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iac_platform.common.audit import SystemActor
from tenants.context import tenant_scope
from tenants.domains.services.domains import add_domain
from tenants.models import Domain, Tenant
from tests.admin_client import AdminClient
from tests.tenants.domains.dns_server import DnsServer, text

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from tests.conftest import Api, Person
    from tests.tenants.domains.conftest import Zone

NAME = "infra.customer.example"
PATH = "/api/v1/domains/"

pytestmark = pytest.mark.usefixtures("name_server", "no_checks_yet")


def test_the_answer_says_what_to_set_and_setting_it_is_enough(
    tenant: Tenant, api: Api, zone: Zone, settings: Settings
) -> None:
    settings.CUSTOM_DOMAIN_TARGET = "edge.iac.test"
    admin = api(tenant)
    added = admin.post(PATH, {"domain": NAME}).json()
    proof, route = added["records"]
    assert (proof["type"], proof["name"]) == ("TXT", f"_iac-challenge.{NAME}")
    assert route == {"type": "CNAME", "name": NAME, "value": "edge.iac.test"}
    here = f"{PATH}{added['id']}/"
    refused = admin.post(f"{here}verify/")
    assert (refused.status_code, refused.json()["code"]) == (409, "domain-not-proven")
    assert refused.json()["detail"] == admin.get(here).json()["failure"]
    zone[proof["name"]] = text(proof["value"])
    assert admin.post(f"{here}verify/").json()["verified_at"]
    assert admin.at(NAME).get(here).json()["verified_at"]
    assert [
        each["domain"] for each in admin.get(PATH, {"verified": "false"}).json()["results"]
    ] == []
    assert admin.delete(here).status_code == 204
    assert admin.at(NAME).get(here).status_code == 404


@pytest.mark.parametrize("written", ["Bücher.Example", "xn--bcher-kva.example", "bücher.example."])
def test_a_domain_in_any_script_is_kept_as_dns_has_it_and_shown_both_ways(
    tenant: Tenant, api: Api, person: Person, zone: Zone, written: str
) -> None:
    """International names are taken as people write them (IDNA 2008); browsers send the other."""
    admin = api(tenant)
    added = admin.post(PATH, {"domain": written}).json()
    assert (added["domain"], added["unicode"]) == ("xn--bcher-kva.example", "bücher.example")
    proof, route = added["records"]
    assert (proof["name"], route["name"]) == (
        "_iac-challenge.xn--bcher-kva.example",
        "xn--bcher-kva.example",
    )
    again = admin.post(PATH, {"domain": "bücher.example"})
    assert (again.status_code, again.json()["code"]) == (409, "domain-taken")
    zone[proof["name"]] = text(proof["value"])
    here = f"{PATH}{added['id']}/"
    assert admin.post(f"{here}verify/").json()["verified_at"]
    assert admin.at("xn--bcher-kva.example").get(here).json()["unicode"] == "bücher.example"
    page = AdminClient(tenant, person(tenant, "admin", "anna")).page("tenants_domain_changelist")
    assert "xn--bcher-kva.example (bücher.example)" in page


def test_more_checks_than_are_granted_are_told_when_to_come_again(
    tenant: Tenant, api: Api, settings: Settings, name_server: DnsServer
) -> None:
    settings.DOMAIN_CHECKS = {"checks": 1, "seconds": 600}
    admin = api(tenant)
    here = f"{PATH}{admin.post(PATH, {'domain': NAME}).json()['id']}/verify/"
    assert admin.post(here).status_code == 409
    refused = admin.post(here)
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-checks")
    assert 0 < int(refused.headers["Retry-After"]) <= 600
    assert len(name_server.asked) == 1


@pytest.mark.parametrize(
    "name",
    [
        "",
        "customer",
        "http://x.example",
        "10.0.0.1",
        "x.iac.test",
        "iac.test",
        "b ü.example",
        "bü.iac.test",
        "ü." * 130,
    ],
)
def test_what_is_no_domain_of_a_tenants_is_refused(tenant: Tenant, api: Api, name: str) -> None:
    admin = api(tenant)
    assert admin.post(PATH, {"domain": name}).status_code == 400
    assert admin.post(PATH, {"domain": NAME, "verified_at": "2026-01-01"}).status_code == 400
    assert admin.post(PATH, {"domain": NAME}).json()["verified_at"] is None


def test_the_operators_admin_role_reaches_the_operators_own_domains_only(
    tenant: Tenant, operator: Tenant, api: Api
) -> None:
    """In its scope the shared tables show all; the role Operator sees them, Admin does not."""
    with tenant_scope(tenant):
        theirs = add_domain(tenant, domain=NAME, actor=SystemActor("tests"))
    admin, staff = api(operator, "admin"), api(operator, "operator")
    listed = {each["tenant"] for each in admin.get(PATH, {"page_size": "200"}).json()["results"]}
    assert listed == {"platform"}
    for method, path in (
        ("get", f"{PATH}{theirs.pk}/"),
        ("delete", f"{PATH}{theirs.pk}/"),
        ("post", f"{PATH}{theirs.pk}/verify/"),
    ):
        assert getattr(admin, method)(path).status_code == 404
    assert staff.get(f"{PATH}{theirs.pk}/").json()["tenant"] == tenant.slug
    assert staff.delete(f"{PATH}{theirs.pk}/").status_code == 204
    with tenant_scope(tenant):
        assert not Domain.objects.filter(pk=theirs.pk).exists()
