"""What the texts that people give may hold."""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError

from blueprints.catalog import prefixes
from rbac.names import validate_name

__all__ = ["MAX_NAME", "validate_name", "validate_prefix", "validate_text"]

MAX_NAME = 100


def validate_text(text: str) -> None:
    """Refuse text that PostgreSQL or UTF-8 cannot hold.

    Raises:
        ValidationError: it has a null character or half of a surrogate pair.
    """
    if "\x00" in text or any(unicodedata.category(character) == "Cs" for character in text):
        raise ValidationError("Remove the null characters and lone surrogates.")


def validate_prefix(prefix: str) -> None:
    """Refuse a prefix that some cloud would refuse in a name.

    Raises:
        ValidationError: it has another form, or a cloud keeps it for itself.
    """
    if problem := prefixes.problem_with(prefix):
        raise ValidationError(problem)
