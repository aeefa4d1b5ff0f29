"""What generated code is made from, as its names and labels tell it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """The blueprint behind a stack: nothing here changes in its life.

    The number of the version is not here: a new version changes what its document changed,
    and nothing else.

    Attributes:
        project: the project's id.
        prefix: what the names of the blueprint's resources begin with.
    """

    project: str
    prefix: str
