"""What generated code is made from, as its labels tell it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """The blueprint version behind a stack.

    Attributes:
        project: the project's name.
        blueprint: the blueprint's name.
        version: the version's number, from 1.
    """

    project: str
    blueprint: str
    version: int
