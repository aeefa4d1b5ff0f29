"""Target formats: every package here that defines ``write`` writes stacks in one format.

The package's name is the target, so a new format is a new folder.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from blueprints.generation.plugins import plugins
from iac_platform.common.errors import DomainError, ErrorKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from blueprints.generation.ir import Stack

    Write = Callable[[Stack], Mapping[str, str]]

_LONGEST_ECHO = 64


class UnknownTarget(DomainError):
    """Nobody has taught the generator this format."""

    code = "unknown-target"
    title = "Target format not found"
    kind = ErrorKind.INVALID


@cache
def _registry() -> Mapping[str, Write]:
    return plugins(__name__, __path__, "write")


def names() -> tuple[str, ...]:
    """Return the formats that stacks can be written in, sorted."""
    return tuple(_registry())


def writer(target: str) -> Write:
    """Return what writes a stack as files, by path.

    Raises:
        UnknownTarget: naming the formats that there are.
    """
    known = _registry()
    if target not in known:
        raise UnknownTarget(
            f"Code cannot be generated for {target[:_LONGEST_ECHO]!r}. "
            f"Known targets: {', '.join(names())}.",
            known=list(names()),
        )
    return known[target]
