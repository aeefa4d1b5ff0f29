"""A worker that is told to stop, whatever it does at that moment."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from procrastinate import App
from procrastinate.testing import InMemoryConnector

from tenants.queue.worker import serve

if TYPE_CHECKING:
    from procrastinate.app import WorkerOptions

OPTIONS: WorkerOptions = {"fetch_job_polling_interval": 60}


async def _told_to_stop(number: signal.Signals) -> None:
    """Be told, and swallow the cancellation, as what runs in a thread may do."""
    os.kill(os.getpid(), number)
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_begins_may_swallow_its_cancellation(number: signal.Signals) -> None:
    async def begin() -> Any:
        await _told_to_stop(number)

    async def served() -> None:
        await asyncio.wait_for(serve(App(connector=InMemoryConnector()), begin, OPTIONS), 30)

    asyncio.run(served())
