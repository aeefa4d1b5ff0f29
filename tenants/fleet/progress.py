"""How far a run has come: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS_BETWEEN_LINES = 10.0


@dataclass(slots=True)
class Progress:
    """Counts placements, and shows the count.

    Attributes:
        say: takes a line for the operator.
        quiet: show nothing but failures.
    """

    say: Callable[[str], Any]
    quiet: bool = False
    _total: int = 0
    _count: int = 0
    _bar: Any = None
    _failed: int = 0
    _last: float = field(default_factory=time.monotonic)

    def more(self, number: int) -> None:
        """So many more are to be done."""
        self._total += number
        if self.quiet or not sys.stderr.isatty():
            return
        if self._bar is None:
            from tqdm import tqdm  # noqa: PLC0415  # a run with nothing to do does not need it

            self._bar = tqdm(total=0, unit="placement", dynamic_ncols=True)
        self._bar.total = self._total
        self._bar.refresh()

    def done(self, number: int) -> None:
        """So many are done."""
        self._count += number
        if self._bar is not None:
            self._bar.update(number)
        elif not self.quiet and time.monotonic() - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            self.say(f"{self._count} of {self._total} placements migrated")

    def failed(self, schema: str, reason: str) -> None:
        """One failed; say so at once."""
        self._failed += 1
        line = f"{schema}: failed: {reason}"
        if self._bar is not None:
            self._bar.write(line, file=sys.stderr)
        else:
            self.say(line)

    def summary(self) -> str:
        """How it ended, in a line."""
        return f"placements: {self._count} migrated, {self._failed} failed"

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
