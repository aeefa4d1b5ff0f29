"""The platform in a thread of the test's process, on a free loopback port."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread

if TYPE_CHECKING:
    from types import TracebackType

    from tenants.models import Tenant

LOOPBACK = "127.0.0.1"
SECONDS_TO_START = 30


class PlatformServer:
    """Serves the whole platform, its static files too, while the block lasts."""

    def __init__(self) -> None:
        self._thread = LiveServerThread(LOOPBACK, StaticFilesHandler)
        self._thread.daemon = True

    def __enter__(self) -> Self:
        """Start, and wait until requests are answered."""
        self._thread.start()
        if not self._thread.is_ready.wait(SECONDS_TO_START):
            raise TimeoutError("The server did not start.")
        if self._thread.error:
            raise self._thread.error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self._thread.terminate()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._thread.port)

    def admin_of(self, tenant: Tenant) -> str:
        """The address of a tenant's admin."""
        return f"http://{tenant.slug}.{settings.BASE_DOMAIN}:{self.port}/admin/"
