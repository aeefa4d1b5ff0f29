"""Carrying out an operation while somebody watches, or waiting for whoever does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tenants.management.progress_bar import ProgressBar
from tenants.models import OperationStatus
from tenants.operations.runner import run_one

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenants.models import Operation

_LOOK_EVERY = 1.0
_OPEN = (OperationStatus.QUEUED, OperationStatus.RUNNING)


def finish_operation(
    operation: Operation, say: Callable[[str], Any], warn: Callable[[str], Any]
) -> None:
    """Do an operation now, or wait for a provisioner that was faster; should that die, do it then.

    Args:
        operation: afterwards as it ended.
        say: receives its steps where there is no terminal.
        warn: is told whom one waits for, and each step that they begin.
    """
    shown = ""
    while True:
        with ProgressBar(say) as bar:
            run_one(operation, say, bar)
        operation.refresh_from_db()
        if operation.status not in _OPEN:
            return
        news = f"Another process does it ({operation}); waiting for it: {operation.step}"
        if news != shown:
            warn(news)
            shown = news
        time.sleep(_LOOK_EVERY)
