"""Texts as Terraform has them: in normal form C, and as long as people see them.

It counts grapheme clusters, of which each is one or more code points. Python does not know
how many there are, only between which numbers.
https://developer.hashicorp.com/terraform/language/functions/length
"""

from __future__ import annotations

from typing import Any
from unicodedata import normalize

#: Below it no two characters are one to a reader, but for signs that emoji are made of.
_COMBINING = "\u0300"
_OF_EMOJI = "©®"


def normalized(value: Any) -> Any:
    """Return a value with its text in normal form C; anything but text stays as it is."""
    return normalize("NFC", value) if isinstance(value, str) else value


def fewest_characters(text: str) -> int:
    """Return how many characters a text in normal form has at least; at most it is its length."""
    seen = text.replace("\r\n", "\n")
    certain = sum(each < _COMBINING and each not in _OF_EMOJI for each in seen)
    return max(certain, min(1, len(text)))
