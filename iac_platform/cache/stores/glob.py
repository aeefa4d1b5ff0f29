"""Patterns for deletion: ``*`` is any run of characters, ``?`` any one, the rest itself.

Redis's own patterns also know character classes and escapes; those are taken literally
here, so that a pattern means the same in every store and user input cannot widen it.
"""

from __future__ import annotations

import re

_SPECIAL_TO_REDIS = re.compile(r"([*?\[\]\\^])")
_CLASSES_OF_REDIS = re.compile(r"([\[\]\\^])")


def redis_glob(prefix: str, pattern: str) -> str:
    """A Redis pattern: the prefix to the letter, then the pattern."""
    literal = _SPECIAL_TO_REDIS.sub(r"\\\1", prefix)
    return literal + _CLASSES_OF_REDIS.sub(r"\\\1", pattern)


def regex(prefix: str, pattern: str) -> re.Pattern[str]:
    """The same as a regular expression that must match a whole key."""
    wildcards = {"*": ".*", "?": "."}
    body = "".join(wildcards.get(char, re.escape(char)) for char in pattern)
    return re.compile(re.escape(prefix) + body, re.DOTALL)
