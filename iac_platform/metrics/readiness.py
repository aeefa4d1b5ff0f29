"""Runs the readiness checks that settings name, each in a thread and on a clock."""

from __future__ import annotations

import contextvars
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import structlog
from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from collections.abc import Callable

    from iac_platform.metrics.configuration import CheckSpec

_log = structlog.get_logger("iac_platform.readiness")


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

    spec: CheckSpec
    thread: threading.Thread
    started: float
    error: BaseException | None = None
    finished: float | None = None


_running: dict[str, _Run] = {}
_lock = threading.Lock()


def assess() -> Report:
    """Run every check at once and wait for each no longer than its time-out."""
    specs = cast("list[CheckSpec]", settings.READINESS_CHECKS)
    results = [_result(run) for run in [_start(spec) for spec in specs]]
    failed = [result for result in results if result.status != "ok"]
    if any(result.required for result in failed):
        return Report("unavailable", results)
    return Report("degraded" if failed else "ok", results)


def _start(spec: CheckSpec) -> _Run:
    """Start a check, unless its last run still hangs: probes must not pile up threads."""
    with _lock:
        hanging = _running.get(spec["check"])
        if hanging is not None and hanging.thread.is_alive():
            return hanging
        check = import_string(spec["check"])
        run = _Run(spec, threading.Thread(), time.monotonic())
        context = contextvars.copy_context()
        run.thread = threading.Thread(
            target=context.run, args=(_carry_out, check, run), daemon=True, name=spec["check"]
        )
        _running[spec["check"]] = run
        run.thread.start()
        return run


def _carry_out(check: Callable[[], Any], run: _Run) -> None:
    try:
        check()
    except Exception as error:  # noqa: BLE001  # whatever it is, the part is not ready
        run.error = error
    finally:
        run.finished = time.monotonic()
        # Connections belong to their thread; this one ends here.
        connections.close_all()


def _result(run: _Run) -> Result:
    spec = run.spec
    run.thread.join(max(0.0, run.started + spec["timeout"] - time.monotonic()))
    seconds = (run.finished or time.monotonic()) - run.started
    status = "timeout" if run.finished is None else "failed" if run.error else "ok"
    if status != "ok":
        # The class alone: texts of database errors hold hosts and user names.
        _log.warning("not_ready", check=spec["name"], status=status, error=_class_of(run.error))
    return Result(spec["name"], status, spec["required"], seconds)


def _class_of(error: BaseException | None) -> str | None:
    return None if error is None else type(error).__name__
