"""Patterns of variables: RE2, as Terraform has it, and so much work in all for one document.

RE2 takes time in proportion to the text, but also to the pattern: what repeats a repetition is
short to write and thousands of instructions long. One step is one instruction looked at for one
character, some 40 ns where RE2 cannot do better.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import re2

if TYPE_CHECKING:
    from collections.abc import Iterator

_RE2_MEMORY = 1 << 18  # bytes
_LARGEST = 2_500  # instructions; what needs more memory or more of these is refused
_TOO_LARGE = "pattern too large"  # RE2's own words
# Of a document: a sixth of a second at worst and more as it is larger, up to two seconds.
_STEPS, _STEPS_A_BYTE, _MOST_STEPS = 4_000_000, 100, 50_000_000
_STEPS_AT_ONCE = 2_000_000  # while one value is compared, no other thread runs
_STEPS_TO_COMPILE = 50  # of each instruction
_STEPS_TO_REFUSE = 600_000  # what RE2 gives up on has cost as much as the largest that it takes


class TooMuchWork(Exception):
    """The patterns of a document take more work than one document may."""

    def __init__(self) -> None:
        super().__init__(
            "The patterns of this document take too much work to check. Use smaller repetitions, "
            "as {1,30} within {1,30}, or shorter values."
        )


@dataclass(slots=True)
class _Work:
    """What is left of the steps of one document, and what is known already."""

    steps: int
    compiled: dict[str, Any] = field(default_factory=dict)
    found: dict[tuple[str, str], bool] = field(default_factory=dict)

    def spend(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise TooMuchWork

    def compile(self, pattern: str) -> Any:
        if pattern not in self.compiled:
            self.spend(0)  # once all is used up, nothing more is compiled
            try:
                self.compiled[pattern] = compiled(pattern)
            except ValueError:
                self.spend(_STEPS_TO_REFUSE)
                raise
            self.spend(self.compiled[pattern].programsize * _STEPS_TO_COMPILE)
        return self.compiled[pattern]

    def matches(self, pattern: str, text: str) -> bool:
        key = (pattern, text)
        if key not in self.found:
            expression = self.compile(pattern)
            steps = expression.programsize * len(text)
            self.spend(steps if steps <= _STEPS_AT_ONCE else _MOST_STEPS)
            self.found[key] = expression.search(text) is not None
        return self.found[key]


_work: ContextVar[_Work | None] = ContextVar("work", default=None)


@contextmanager
def bounded(size: int) -> Iterator[None]:
    """Let everything inside the block share the steps of one document.

    Args:
        size: of the document in bytes, with its modules.
    """
    token = _work.set(_Work(_steps(size)))
    try:
        yield
    finally:
        _work.reset(token)


def _steps(size: int) -> int:
    return min(_STEPS + _STEPS_A_BYTE * size, _MOST_STEPS)


def check(pattern: str) -> None:
    """Have a pattern compiled.

    Raises:
        ValueError: it is no RE2 expression; the text says why.
        TooMuchWork: the document has used up its steps.
    """
    (_work.get() or _Work(_STEPS)).compile(pattern)


def matches(pattern: str, text: str) -> bool:
    """Whether a text has a part that a pattern describes.

    Raises:
        TooMuchWork: the document has used up its steps.
    """
    return (_work.get() or _Work(_STEPS)).matches(pattern, text)


# As many as the variables of one document; the patterns of all tenants would fill the memory.
@lru_cache(maxsize=256)
def compiled(pattern: str) -> Any:
    """Compile a pattern as Terraform does.

    Raises:
        ValueError: it is no RE2 expression; the text says why.
    """
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _RE2_MEMORY
    if r"\C" in pattern:
        raise ValueError(r"Terraform takes no \C.")
    try:
        found = re2.compile(pattern, options)
    except re2.error as error:
        reason = str(error).removeprefix("b'").removesuffix("'")
        if not reason.startswith(_TOO_LARGE):
            message = f"This is no regular expression that Terraform takes (RE2): {reason}."
            raise ValueError(message) from None
        found = None
    if found is None or found.programsize > _LARGEST:
        raise ValueError("It is too large: repeat less in it, or use min_length and max_length.")
    return found
