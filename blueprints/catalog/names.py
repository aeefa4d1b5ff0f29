"""What the texts that people give may hold."""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError

from rbac.names import validate_name

__all__ = ["MAX_NAME", "validate_name", "validate_text"]

MAX_NAME = 100


def validate_text(text: str) -> None:
    """Refuse text that PostgreSQL or UTF-8 cannot hold.

    Raises:
        ValidationError: it has a null character or half of a surrogate pair.
    """
    if "\x00" in text or any(unicodedata.category(character) == "Cs" for character in text):
        raise ValidationError("Remove the null characters and lone surrogates.")
