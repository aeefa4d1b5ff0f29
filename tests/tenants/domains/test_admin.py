"""Domains in a tenant's own admin, and what the operator sees of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenants.context import tenant_scope
from tenants.domains.records import proof_of
from tenants.models import Domain, Tenant
from tests.admin_client import AdminClient
from tests.tenants.domains.dns_server import text
from tests.throwaway import platform

if TYPE_CHECKING:
    from tests.conftest import Person
    from tests.tenants.domains.conftest import Zone

NAME = "infra.customer.example"

pytestmark = pytest.mark.usefixtures("name_server", "no_checks_yet")


@pytest.fixture
def admins(tenant: Tenant, person: Person) -> AdminClient:
    return AdminClient(tenant, person(tenant, "admin"))


@pytest.fixture
def operators(operator: Tenant, person: Person) -> AdminClient:
    return AdminClient(operator, person(operator, "operator"))


@pytest.fixture
def domain(admins: AdminClient) -> Domain:
    response = admins.submit("tenants_domain_add", domain=NAME)
    assert response.status_code == 302
    with tenant_scope(admins.tenant):
        found = Domain.objects.get(domain=NAME)
    assert str(found.pk) in response.headers["Location"]
    return found


def test_an_admin_adds_checks_and_removes_a_domain(
    admins: AdminClient, domain: Domain, zone: Zone
) -> None:
    proof = proof_of(NAME, domain.challenge)
    page = admins.page("tenants_domain_change", domain.pk)
    assert proof.name in page
    assert proof.value in page
    assert f"tenants/tenant/{admins.tenant.pk}" not in page
    assert "Is the TXT record" in admins.page("tenants_domain_check_dns", domain.pk)
    admins.submit("tenants_domain_check_dns", domain.pk)
    assert "NXDOMAIN" in admins.page("tenants_domain_change", domain.pk)
    zone[proof.name] = text(proof.value)
    admins.submit("tenants_domain_check_dns", domain.pk)
    assert "is verified and served" in admins.page("tenants_domain_change", domain.pk)
    assert admins.submit("tenants_domain_delete", domain.pk, post="yes").status_code == 302
    with tenant_scope(admins.tenant):
        assert not Domain.objects.filter(pk=domain.pk).exists()


def test_an_admin_cannot_vouch_nor_add_for_another(
    admins: AdminClient, operators: AdminClient, domain: Domain, globex: Tenant
) -> None:
    assert "Mark as verified" not in admins.page("tenants_domain_change", domain.pk)
    assert admins.submit("tenants_domain_verify", domain.pk).status_code == 403
    assert "id_tenant" not in admins.page("tenants_domain_add")
    admins.submit("tenants_domain_add", domain="other.customer.example", tenant=globex.pk)
    with tenant_scope(platform()):
        assert Domain.objects.get(domain="other.customer.example").tenant == admins.tenant
        assert Domain.objects.get(pk=domain.pk).verified_at is None
    assert "Mark as verified" in operators.page("tenants_domain_change", domain.pk)
    assert operators.submit("tenants_domain_verify", domain.pk).status_code == 302
    with tenant_scope(platform()):
        assert Domain.objects.get(pk=domain.pk).verified_at


def test_the_operator_sees_which_record_is_missing(
    operators: AdminClient, domain: Domain, admins: AdminClient
) -> None:
    with tenant_scope(platform()):
        primary = Domain.objects.get(tenant=admins.tenant, is_primary=True)
        Domain.objects.filter(pk=domain.pk).update(
            verified_at=primary.verified_at, failure="It is gone."
        )
    page = operators.page("tenants_domain_changelist")
    assert "record missing" in page
    assert "It is gone." in page


def test_the_platforms_own_address_is_shown_and_stays(admins: AdminClient) -> None:
    with tenant_scope(admins.tenant):
        primary = Domain.objects.get(is_primary=True)
    page = admins.page("tenants_domain_change", primary.pk)
    assert "Check DNS now" not in page
    assert "platform&#x27;s own name" in page
    assert admins.submit("tenants_domain_delete", primary.pk, post="yes").status_code == 403
    with tenant_scope(admins.tenant):
        assert Domain.objects.filter(pk=primary.pk).exists()
