"""Conditions on what a token says: texts, with ``*`` for any characters."""

from __future__ import annotations

from typing import Final

ANY: Final = "*"


def matches(pattern: str, value: str) -> bool:
    """Whether a pattern fits a whole value; it takes time in proportion to both lengths.

    Upper and lower case differ, and nothing but ``*`` has a meaning.
    """
    first, *rest = pattern.split(ANY)
    if not rest:
        return value == pattern
    *middle, last = rest
    end = len(value) - len(last)
    position = len(first)
    if position > end or not (value.startswith(first) and value.endswith(last)):
        return False
    for part in middle:
        found = value.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True


def literal_part(pattern: str) -> str:
    """What a value that fits begins with: the pattern up to its first ``*``."""
    return pattern.partition(ANY)[0]


def is_literal(pattern: str) -> bool:
    """Whether exactly one value fits."""
    return ANY not in pattern
