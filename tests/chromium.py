"""One real browser for all tests of a worker: playwright allows no second one beside it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from playwright.sync_api import sync_playwright

from tests.ci import skip_where_missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

__all__ = ["browser", "chromium"]


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser; without one these tests are left out, but not in CI."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        skip_where_missing("chromium is missing: apt-get install chromium")
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A browser for one module's tests; every name under the base domain leads here.

    Its event loop ends with the module: others may start one of their own.
    """
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
