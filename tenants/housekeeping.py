"""What is to be done every now and then, by the process that works as the owner."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from collections.abc import Callable

_log = structlog.get_logger(__name__)


class Housekeeping:
    """Runs ``settings.HOUSEKEEPING`` once in ``settings.HOUSEKEEPING_SECONDS``.

    What fails is logged and tried again when it is due next: it holds up no tenant's work.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due = clock()

    def run_if_due(self) -> bool:
        """Do it if it is time; whether it was."""
        if self._clock() < self._due:
            return False
        self._due = self._clock() + settings.HOUSEKEEPING_SECONDS
        for path in settings.HOUSEKEEPING:
            self._run(path)
        return True

    @staticmethod
    def _run(path: str) -> None:
        try:
            _log.info("housekeeping", task=path, done=import_string(path)())
        except DatabaseError:
            _log.exception("housekeeping_failed", task=path)
