"""A real chromium, a real server, and tenants whose rows are committed."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from playwright.sync_api import sync_playwright

from rbac.models import AuditEntry, User
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tests.browser.server import PlatformServer
from tests.browser.visitor import Visitor
from tests.conftest import ACTOR
from tests.throwaway import platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from tests.throwaway import ThrowawayTenants

PASSWORD = "a-long-unguessable-phrase"
OPERATOR = "operator-in-the-browser"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser; without one these tests are left out, but not in CI."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("chromium is missing: apt-get install chromium")
    if found is None:
        pytest.skip("chromium is missing: apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for the run; every name under the base domain leads to this machine."""
    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-background-networking",
        f"--host-resolver-rules=MAP *.{settings.BASE_DOMAIN} 127.0.0.1",
    ]
    with pytest.MonkeyPatch.context() as patch:
        # Playwright keeps an event loop on this thread, and Django would refuse to query
        # beside one. Nothing here is asynchronous: each call waits for its answer.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with sync_playwright() as playwright:
            launched = playwright.chromium.launch(executable_path=chromium, args=arguments)
            yield launched
            launched.close()


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
