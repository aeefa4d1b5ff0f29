"""A worker that goes on: it outlives restarts of the database, and stops when it is told to."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Any

import psycopg
import psycopg_pool
import structlog
from procrastinate.exceptions import ProcrastinateException
from procrastinate.psycopg_connector import PsycopgConnector

from iac_platform.common.database_failures import failure_of
from tenants.database.roles import as_owner

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from procrastinate import App
    from procrastinate.app import WorkerOptions

log = structlog.get_logger(__name__)

_LOST = (ProcrastinateException, psycopg.Error, psycopg_pool.PoolTimeout, OSError)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0


def owner_connector() -> PsycopgConnector:
    """A pool of the owner's direct connections: notifications do not come through PgBouncer.

    Raises:
        ImproperlyConfigured: ``DATABASE_OWNER_URL`` is not set in this process.
    """
    with as_owner() as owner:
        parameters = owner.get_connection_params()
    for name in ("cursor_factory", "context"):  # of Django's cursors
        parameters.pop(name, None)
    return PsycopgConnector(kwargs=parameters, min_size=1)


async def serve(app: App, begin: Callable[[], Awaitable[Any]], options: WorkerOptions) -> None:
    """Do jobs until a signal says stop; then end the jobs that run, and return.

    Args:
        app: with a connector that can listen.
        begin: what is done before the first job, and again whenever the database was lost.
        options: which queues, how many jobs at once, and so on.
    """
    options = {**options, "install_signal_handlers": False}  # they are here
    stop_requested = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop_requested.set)
    stopping = asyncio.ensure_future(stop_requested.wait())
    pause = _FIRST_PAUSE
    while not stop_requested.is_set():
        working = asyncio.ensure_future(_work(app, begin, options, stop_requested))
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stop_requested.is_set():
            await _end(working)
            return
        pause = _FIRST_PAUSE if _succeeded(working) else min(pause * 2, _LONGEST_PAUSE)
        await asyncio.wait({stopping}, timeout=pause)


async def _work(
    app: App,
    begin: Callable[[], Awaitable[Any]],
    options: WorkerOptions,
    stop_requested: asyncio.Event,
) -> None:
    async with app.open_async():
        await begin()
        # What runs in a thread may end without having passed its cancellation on.
        if not stop_requested.is_set():
            await app.run_worker_async(**options)


async def _end(working: asyncio.Future[None]) -> None:
    """Let the jobs that run come to their end."""
    working.cancel()
    await asyncio.wait({working})
    _succeeded(working)


def _succeeded(working: asyncio.Future[None]) -> bool:
    """Whether it had begun to do jobs; what was lost is logged, what is a defect is raised."""
    if working.cancelled():
        return True
    error = working.exception()
    if error is None:  # procrastinate has logged why it stopped
        return True
    if not isinstance(error, _LOST) and failure_of(error) is None:
        raise error
    log.warning("worker_lost_the_database", error=str(error))
    return False
