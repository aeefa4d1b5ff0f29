"""Browsing the audit log in a real browser: what was done, what was refused, and its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from rbac.models import AuditEntry
from rbac.services.users import create_user, update_user
from tenants.context import tenant_scope
from tests.browser.conftest import PASSWORD
from tests.conftest import ACTOR
from tests.rbac.audit.conftest import Log

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.server import PlatformServer
    from tests.browser.visitor import Visitor
    from tests.throwaway import ThrowawayTenants

pytestmark = pytest.mark.browser


def test_an_admin_reads_a_change_its_place_and_what_was_refused(
    server: PlatformServer,
    visitor: Callable[[], Visitor],
    committed_tenants: ThrowawayTenants,
) -> None:
    tenant = committed_tenants()
    with tenant_scope(tenant):
        create_user(username="ada", password=PASSWORD, roles=["admin"], actor=ACTOR)
        grace = create_user(username="grace", full_name="Grace", actor=ACTOR)
        update_user(grace, actor=ACTOR, changes={"full_name": "Grace Hopper"})
    person = visitor()
    person.sign_in(server.admin_of(tenant), "ada", "not-her-password-at-all")
    person.sees("The username or the password is wrong")
    person.sign_in(server.admin_of(tenant), "ada", PASSWORD)
    refused = person.open(f"{server.admin_of(tenant)}tenants/placement/")
    assert refused == 403

    person.open(server.admin_of(tenant))
    person.menu("Audit entries")
    for text in ("ACCESS.DENIED", "ACCESS.SIGN_IN_FAILED", "USER.UPDATE"):
        person.sees(text)
    search = person.page.get_by_placeholder("Search by actor")
    search.fill("user.update")
    search.press("Enter")
    person.page.wait_for_url(re.compile("q=user.update"))
    person.page.locator("#result_list tbody tr th a").first.click()
    person.sees("Grace Hopper")
    with tenant_scope(tenant):
        entry = AuditEntry.objects.get(action="user.update")
    ((sequence, digest),) = Log(tenant).sql(
        "SELECT sequence, hash FROM audit_links WHERE tenant_id = {t} AND entry_id = %s", entry.pk
    )
    person.sees(digest)
    person.sees(str(sequence))
    assert not person.page.get_by_role("button", name="Save", exact=True).is_visible()
    assert Log(tenant).faults() == []
