"""A pytest plug-in: large matrices are sampled, and the end of the run says what was left out.

``FULL_MATRIX=1 pytest ...`` runs all of them; without it, of cases that take the same path
through the code (their signature) the first alone runs. What a suite promises for every route
or every relation is not sampled: only what multiplies it, such as roles, tiers and variants.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

FULL = bool(os.environ.get("FULL_MATRIX"))
ROUTE = os.environ.get("ROUTE", "")
"""The suites of the API try the operations alone that have this text in them."""
_OUTPUT = "left_out"
_left_out: dict[str, int] = {}

Case = TypeVar("Case")


def sampled(what: str, cases: Iterable[Case], *, by: Callable[[Case], Hashable]) -> list[Case]:
    """Return the first case of each signature; all of them in a full run.

    Args:
        what: the cases in words, and what stands for them, for the end of the run.
        cases: in an order that is the same in every run.
        by: the signature of a case.
    """
    everything = list(cases)
    assert everything or ROUTE, f"there are no {what}"
    if FULL:
        return everything
    chosen: dict[Hashable, Case] = {}
    for case in everything:
        chosen.setdefault(by(case), case)
    leave_out(what, len(everything) - len(chosen))
    return list(chosen.values())


def examples(what: str, *, full: int, few: int) -> int:
    """Return how many generated examples to try: ``few`` of what a full run tries."""
    if FULL:
        return full
    leave_out(f"examples a test {what}", full - few)
    return few


def leave_out(what: str, count: int) -> None:
    """Have the end of the run say that so many of these were not tried; in a full run all are."""
    if not FULL:
        _left_out[what] = count


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Have a worker tell the controlling process what it left out."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[_OUTPUT] = dict(_left_out)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Note what a worker left out; all of them leave out the same."""
    _left_out.update(getattr(node, "workeroutput", {}).get(_OUTPUT, {}))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say what this run left out, if anything."""
    if not any(_left_out.values()):
        return
    terminalreporter.section("left out; FULL_MATRIX=1 runs it")
    for what, count in sorted(_left_out.items()):
        if count:
            terminalreporter.line(f"{count:6} {what}")
