"""How an erasure tells how far it is; ``tenants.operations.Report`` is what usually listens."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives steps, and units that are done."""

    def step(self, name: str, *, total: int = 0) -> None:
        """Begin a step of ``total`` units; 0 when nobody knows how many."""

    def advance(self, units: int = 1) -> None:
        """Note that ``units`` more of this step are done."""
