"""Runs the registered readiness checks, each in a thread and on a clock.

docs/observability.md says what each means.
"""

from __future__ import annotations

import contextvars
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import structlog
from django.db import connections

from iac_platform.cache.health import cache_answers
from iac_platform.common.hooks import Hooks
from iac_platform.metrics.checks import database_answers

if TYPE_CHECKING:
    from collections.abc import Callable

_log = structlog.get_logger("iac_platform.readiness")


class ReadinessCheck(NamedTuple):
    """A part that must answer before requests should be sent here.

    Attributes:
        check: returns when all is well, and raises otherwise.
        timeout: seconds.
        required: without it nothing is served; without others the platform is degraded.
    """

    check: Callable[[], object]
    timeout: float
    required: bool = True


READINESS_CHECKS: Hooks[ReadinessCheck] = Hooks("readiness check", required=("migrations",))
READINESS_CHECKS.register("database", ReadinessCheck(database_answers, timeout=2.0))
# Without a cache the API is slower and takes no idempotency keys, but it serves.
READINESS_CHECKS.register("cache", ReadinessCheck(cache_answers, timeout=1.0, required=False))


class Result(NamedTuple):
    """What one check found: ``ok``, ``failed`` or ``timeout``."""

    name: str
    status: str
    required: bool
    seconds: float


class Report(NamedTuple):
    """What all checks found together: ``ok``, ``degraded`` or ``unavailable``."""

    status: str
    results: list[Result]

    @property
    def serves(self) -> bool:
        """Whether requests should be sent here."""
        return self.status != "unavailable"


@dataclass
class _Run:
    """One check on its way."""

    name: str
    check: ReadinessCheck
    thread: threading.Thread
    started: float
    error: BaseException | None = None
    finished: float | None = None


_running: dict[str, _Run] = {}
_lock = threading.Lock()


def assess() -> Report:
    """Run every check at once and wait for each no longer than its time-out."""
    runs = [_start(name, check) for name, check in READINESS_CHECKS.all().items()]
    results = [_result(run) for run in runs]
    failed = [result for result in results if result.status != "ok"]
    if any(result.required for result in failed):
        return Report("unavailable", results)
    return Report("degraded" if failed else "ok", results)


def _start(name: str, check: ReadinessCheck) -> _Run:
    """Start a check, unless its last run still hangs: probes must not pile up threads."""
    with _lock:
        hanging = _running.get(name)
        if hanging is not None and hanging.thread.is_alive():
            return hanging
        run = _Run(name, check, threading.Thread(), time.monotonic())
        context = contextvars.copy_context()
        run.thread = threading.Thread(
            target=context.run, args=(_carry_out, run), daemon=True, name=f"readiness: {name}"
        )
        _running[name] = run
        run.thread.start()
        return run


def _carry_out(run: _Run) -> None:
    try:
        run.check.check()
    except Exception as error:  # noqa: BLE001  # whatever it is, the part is not ready
        run.error = error
    finally:
        run.finished = time.monotonic()
        # Connections belong to their thread; this one ends here.
        connections.close_all()


def _result(run: _Run) -> Result:
    run.thread.join(max(0.0, run.started + run.check.timeout - time.monotonic()))
    seconds = (run.finished or time.monotonic()) - run.started
    status = "timeout" if run.finished is None else "failed" if run.error else "ok"
    if status != "ok":
        # The class alone: texts of database errors hold hosts and user names.
        _log.warning("not_ready", check=run.name, status=status, error=_class_of(run.error))
    return Result(run.name, status, run.check.required, seconds)


def _class_of(error: BaseException | None) -> str | None:
    return None if error is None else type(error).__name__
