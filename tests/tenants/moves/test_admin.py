from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenants.context import tenant_scope
from tenants.models import Operation, Tenant
from tests.admin_client import address_of

if TYPE_CHECKING:
    from tests.admin_client import AdminClient


def moves_of(operators: AdminClient, tenant: Tenant) -> list[tuple[str, str]]:
    with tenant_scope(operators.tenant):
        found = Operation.objects.filter(tenant_id=tenant.pk, kind="move")
        return [(one.status, one.parameters["target"]) for one in found]


def test_a_standard_tenant_is_moved_to_a_placement_of_its_own(
    operators: AdminClient, acme: Tenant
) -> None:
    page = operators.page("tenants_tenant_move", acme.pk)
    assert "A placement of its own" in page
    assert moves_of(operators, acme) == [], "asking is not doing"
    assert operators.submit("tenants_tenant_move", acme.pk, target="").status_code == 302
    assert moves_of(operators, acme) == [("queued", "")]


def test_a_move_leads_to_its_operation(operators: AdminClient, acme: Tenant) -> None:
    address = address_of(acme, "move")
    page = operators.post(address, {"target": ""}, follow=True).content.decode()
    with tenant_scope(operators.tenant):
        (work,) = Operation.objects.filter(tenant_id=acme.pk, kind="move")
    assert f'<a href="{address_of(work)}">Follow its progress</a>' in page
    assert page.count(address_of(work)) == 2, "in the message, and among the tenant's operations"


def test_an_enterprise_tenant_is_moved_into_a_pool(
    operators: AdminClient, umbrella: Tenant, acme: Tenant
) -> None:
    page = operators.page("tenants_tenant_move", umbrella.pk)
    assert f"{acme.schema_name}: standard, room for" in page
    pool = acme.schema_name
    assert operators.submit("tenants_tenant_move", umbrella.pk, target=pool).status_code == 302
    assert moves_of(operators, umbrella) == [("queued", pool)]
    change = operators.page("tenants_tenant_change", umbrella.pk)
    assert address_of(umbrella, "move") not in change, "it is on its way"


@pytest.mark.parametrize("target", ["pool_404", "platform", "t_umbrella"])
def test_other_targets_are_not_on_offer(operators: AdminClient, acme: Tenant, target: str) -> None:
    assert operators.submit("tenants_tenant_move", acme.pk, target=target).status_code == 200
    assert moves_of(operators, acme) == []


def test_the_operator_does_not_move(operators: AdminClient) -> None:
    own = operators.tenant
    assert address_of(own, "move") not in operators.page("tenants_tenant_change", own.pk)
    operators.submit("tenants_tenant_move", own.pk, target="")
    assert moves_of(operators, own) == []
