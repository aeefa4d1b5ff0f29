from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

from rbac.models import AuditEntry
from tenants.context import tenant_scope
from tenants.models import Domain, Tenant
from tests.admin_client import AdminClient, errors_of

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "infra.customer.example"


@pytest.fixture
def add(operators: AdminClient, acme: Tenant) -> Callable[..., Domain]:
    def submit(name: str = NAME) -> Domain:
        response = operators.submit("tenants_domain_add", domain=name, tenant=acme.pk)
        assert response.status_code == 302
        with tenant_scope(operators.tenant):
            return Domain.objects.get(domain=name.lower())

    return submit


def status_at(host: str) -> int:
    return Client(HTTP_HOST=host).get("/login/").status_code


def test_a_domain_is_served_once_it_is_verified(
    operators: AdminClient, add: Callable[..., Domain]
) -> None:
    domain = add(NAME.upper())
    assert status_at(NAME) == 404
    assert "Have you made sure" in operators.page("tenants_domain_verify", domain.pk)
    assert status_at(NAME) == 404
    assert operators.submit("tenants_domain_verify", domain.pk).status_code == 302
    assert status_at(NAME) == 200
    assert operators.submit("tenants_domain_delete", domain.pk, post="yes").status_code == 302
    assert status_at(NAME) == 404
    with tenant_scope(operators.tenant):
        actions = AuditEntry.objects.filter(action__startswith="domain.").order_by("created_at")
        assert list(actions.values_list("action", flat=True)) == [
            "domain.create",
            "domain.vouch",
            "domain.delete",
        ]


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("http://x.example", "not a host name"),
        ("x.example:8000", "not a host name"),
        ("new.iac.test", "belong to the platform"),
        ("iac.test", "belong to the platform"),
        ("bü cher.example", "not a host name"),
    ],
)
def test_names_that_cannot_be_a_tenants_are_refused(
    operators: AdminClient, acme: Tenant, name: str, complaint: str
) -> None:
    before = Domain.objects.count()
    response = operators.submit("tenants_domain_add", domain=name, tenant=acme.pk)
    assert complaint in errors_of(response)
    assert Domain.objects.count() == before


def test_a_domain_belongs_to_one_tenant(
    operators: AdminClient, globex: Tenant, add: Callable[..., Domain]
) -> None:
    first = add()
    operators.submit("tenants_domain_verify", first.pk)
    second = operators.submit("tenants_domain_add", domain=NAME, tenant=globex.pk)
    assert "already" in errors_of(second)


def test_a_primary_domain_stays(operators: AdminClient, acme: Tenant) -> None:
    primary = Domain.objects.get(tenant=acme, is_primary=True)
    assert operators.submit("tenants_domain_delete", primary.pk, post="yes").status_code == 403
    assert Domain.objects.filter(pk=primary.pk).exists()


def test_placements_are_shown_with_their_tenants_and_never_changed(
    operators: AdminClient, acme: Tenant
) -> None:
    placement = acme.placement
    assert f"of {placement.capacity}" in operators.page("tenants_placement_changelist")
    page = operators.page("tenants_placement_change", placement.pk)
    assert placement.schema_name in page
    changed = operators.submit("tenants_placement_change", placement.pk, capacity="1")
    assert changed.status_code == 403
    assert operators.submit("tenants_placement_add", schema_name="x").status_code == 403
    placement.refresh_from_db()
    assert placement.capacity > 1
