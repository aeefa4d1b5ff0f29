"""Names that people give: what they may hold, and when two of them are the same."""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError

MAX_NAME = 100
# No character folds to more than three; an index entry has room for this much.
MAX_FOLDED = 3 * MAX_NAME


def fold(name: str) -> str:
    """The form in which names are compared: case and Unicode composition do not count."""
    composed = unicodedata.normalize("NFC", name).casefold()
    return unicodedata.normalize("NFC", composed)


def validate_name(name: str) -> None:
    """Refuse names that look empty, like another name, or like something else.

    Raises:
        ValidationError: there are spaces around it or invisible characters in it.
    """
    if name != name.strip():
        raise ValidationError("Remove the spaces around the name.")
    if not name.isprintable():
        raise ValidationError("Use visible characters and plain spaces only.")


def validate_text(text: str) -> None:
    """Refuse text that PostgreSQL or UTF-8 cannot hold.

    Raises:
        ValidationError: it has a null character or half of a surrogate pair.
    """
    if "\x00" in text or any(unicodedata.category(character) == "Cs" for character in text):
        raise ValidationError("Remove the null characters and lone surrogates.")
