"""What an operator does, in a real browser."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from tenants.models import Tenant, Tier
from tenants.operations.upkeep import provision_pending
from tests.browser.conftest import PASSWORD
from tests.throwaway import ThrowawayTenants, platform

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.server import PlatformServer
    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def operator(
    server: PlatformServer, visitor: Callable[[], Visitor], operator_account: str
) -> Visitor:
    person = visitor()
    person.sign_in(server.admin_of(platform()), operator_account, PASSWORD)
    return person


@pytest.mark.parametrize(
    ("tier", "label"),
    [(Tier.STANDARD, "Standard: row-level"), (Tier.ENTERPRISE, "Enterprise: a schema")],
)
def test_an_operator_creates_a_tenant_gives_it_an_admin_and_suspends_it(  # fixtures
    server: PlatformServer,
    operator: Visitor,
    visitor: Callable[[], Visitor],
    committed_tenants: ThrowawayTenants,
    tier: str,
    label: str,
) -> None:
    slug = f"tmp-{secrets.token_hex(4)}"
    page = operator.page
    operator.sees("Operator".upper())
    operator.menu("Tenants")
    page.locator("a[href='/admin/tenants/tenant/add/']").first.click()
    page.fill("#id_name", "Made in a browser")
    page.fill("#id_slug", slug)
    page.get_by_text(label).click()
    operator.save()
    operator.sees("was added successfully")
    made = Tenant.objects.select_related("placement").get(slug=slug)
    committed_tenants.made.append(made)
    assert made.tier == tier

    provision_pending()
    page.goto(f"{server.admin_of(platform())}tenants/tenant/{made.pk}/change/")
    operator.sees("ACTIVE")
    operator.press("Add first admin")
    page.fill("#id_username", "ada")
    page.get_by_role("button", name="Add admin").click()
    password = page.inner_text("#secret")

    ada = visitor()
    ada.sign_in(server.admin_of(made), "ada", password)
    ada.sees("Overview")
    assert not ada.reads("Placements")

    page.goto(f"{server.admin_of(platform())}tenants/tenant/{made.pk}/change/")
    operator.act("Suspend")
    operator.sees("SUSPENDED")
    assert ada.open(server.admin_of(made)) == 403
    operator.act("Reactivate")
    operator.sees("ACTIVE")
    assert ada.open(server.admin_of(made)) == 200


def test_lists_are_filtered_and_searched_and_fit_the_window(
    operator: Visitor, committed_tenants: ThrowawayTenants
) -> None:
    enterprise, standard = committed_tenants(Tier.ENTERPRISE), committed_tenants()
    page = operator.page
    operator.menu("Tenants")
    page.get_by_role("link", name="Filters").or_(page.get_by_text("Filters")).first.click()
    page.get_by_role("link", name="Enterprise: a schema").first.click()
    page.wait_for_url("**tier__exact=enterprise*")
    operator.sees(enterprise.slug)
    assert not operator.reads(standard.slug)
    for item in ("Placements", "Domains", "Users", "Roles", "Audit entries"):
        operator.menu(item)
        operator.sees(item)
        assert not operator.overflows, item
