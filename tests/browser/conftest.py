"""A real chromium, a real server, and tenants whose rows are committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rbac.models import AuditEntry, User
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import Tier
from tests.browser.server import PlatformServer
from tests.browser.visitor import Visitor
from tests.conftest import ACTOR
from tests.sampling import sampled
from tests.throwaway import platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from tests.throwaway import ThrowawayTenants

PASSWORD = "a-long-unguessable-phrase"
# The pages are the same; what differs below them is tried in both tiers without a browser.
TIERS = sampled("tiers of tenants that are used in a browser", Tier.values, by=lambda _: "any")
OPERATOR = "operator-in-the-browser"


@pytest.fixture
def server(committed_tenants: ThrowawayTenants) -> Iterator[PlatformServer]:  # noqa: ARG001  # it opens the database
    """The platform, served while the test lasts."""
    with PlatformServer() as running:
        yield running


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Callable[[], Visitor]]:
    """Makes people, each with a browser window of their own; none may meet a broken page."""
    made: list[Visitor] = []

    def make() -> Visitor:
        context = browser.new_context(viewport={"width": 1360, "height": 860})
        context.set_default_timeout(30_000)
        made.append(Visitor(context.new_page()))
        return made[-1]

    yield make
    complaints = [complaint for each in made for complaint in each.complaints]
    for each in made:
        each.page.context.close()
    assert complaints == []


@pytest.fixture
def operator_account(server: PlatformServer) -> Iterator[str]:  # noqa: ARG001  # it opens the database
    """The name of an operator who exists while the test lasts."""
    tenant = platform()
    with tenant_scope(tenant):
        user = create_user(username=OPERATOR, password=PASSWORD, roles=["operator"], actor=ACTOR)
    yield OPERATOR
    with as_owner(), tenant_scope(tenant):
        AuditEntry.objects.filter(subject_id=str(user.pk)).delete()
        AuditEntry.objects.filter(actor_id=user.audit_id).delete()
        User.objects.filter(pk=user.pk).delete()
