"""A tenant's admin brings a domain of its own, in a real browser and with a real name server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.models import Domain
from tests.browser.conftest import PASSWORD, TIERS
from tests.conftest import ACTOR
from tests.tenants.domains.dns_server import Answer, DnsServer, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings

    from tests.browser.server import PlatformServer
    from tests.browser.visitor import Visitor
    from tests.throwaway import ThrowawayTenants

pytestmark = pytest.mark.browser

NAME = "infra.customer.example"


@pytest.mark.parametrize("tier", TIERS)
def test_an_admin_adds_a_domain_sets_the_record_and_sees_it_verified(
    server: PlatformServer,
    visitor: Callable[[], Visitor],
    committed_tenants: ThrowawayTenants,
    settings: Settings,
    tier: str,
) -> None:
    home = committed_tenants(tier)
    with tenant_scope(home):
        create_user(username="ada", password=PASSWORD, roles=["admin"], actor=ACTOR)
    zone: dict[str, Answer] = {}
    ada = visitor()
    ada.sign_in(server.admin_of(home), "ada", PASSWORD)
    ada.menu("Domains")
    ada.page.locator("a[href='/admin/tenants/domain/add/']").first.click()
    ada.page.fill("#id_domain", NAME)
    ada.save()
    ada.sees("Set the records below, then check them.")
    ada.sees("NOT VERIFIED")
    with tenant_scope(home):
        challenge = Domain.objects.get(domain=NAME).challenge
    proof = f"_iac-challenge.{NAME}", f"iac-verify={challenge}"
    for part in proof:
        ada.sees(part)
    assert not ada.overflows
    with DnsServer(zone) as name_server:
        settings.DNS_NAMESERVERS = [name_server.address]
        ada.act("Check DNS now")
        ada.sees("DNS knows no")
        zone[proof[0]] = text(proof[1])
        ada.act("Check DNS now")
    ada.sees("is verified and served")
    ada.sees("VERIFIED")
    assert ada.page.get_by_role("link", name="Mark as verified").count() == 0
