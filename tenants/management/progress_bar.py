"""Progress of a command's work: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class ProgressBar:
    """Shows steps and their units on stderr when that is a terminal, else prints the steps."""

    def __init__(self, say: Callable[[str], Any]) -> None:
        self._say = say
        self._bar: tqdm[Any] | None = None

    def __enter__(self) -> ProgressBar:  # noqa: PYI034  # never subclassed
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the terminal as it was."""
        self._close()

    def step(self, name: str, *, total: int = 0) -> None:
        """Begin a step of ``total`` units; 0 when nobody knows how many."""
        self._close()
        if sys.stderr.isatty():
            self._bar = tqdm(desc=name, total=total or None, unit_scale=True)
        else:
            self._say(name)

    def advance(self, units: int = 1) -> None:
        """Note that ``units`` more of this step are done."""
        if self._bar is not None:
            self._bar.update(units)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
