"""A log's lines stay whole, also when many processes write to one pipe.

A pipe takes up to 4 KiB at once; a longer line, such as one with a traceback, can be cut
in two by another process's. A record lock on the pipe or file itself keeps them apart;
the system releases it with the process that held it.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import logging
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class WholeLinesHandler(logging.StreamHandler[Any]):
    """Writes each record while no other process writes to the same place."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; where it cannot be, logging says so on its own."""
        try:
            line = self.format(record) + self.terminator
            self.flush()
            self._write(line)
        except Exception:  # noqa: BLE001  # a log must not end what it tells of
            self.handleError(record)

    def _write(self, line: str) -> None:
        try:
            descriptor = self.stream.fileno()
        except (AttributeError, io.UnsupportedOperation):  # captured, by a test for instance
            self.stream.write(line)
            return
        with _alone(descriptor):
            rest = memoryview(line.encode(errors="backslashreplace"))
            while rest:
                rest = rest[os.write(descriptor, rest) :]


@contextlib.contextmanager
def _alone(descriptor: int) -> Iterator[None]:
    """Hold the lock, where there can be one: not on every file system."""
    with contextlib.suppress(OSError):
        fcntl.lockf(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            fcntl.lockf(descriptor, fcntl.LOCK_UN)
