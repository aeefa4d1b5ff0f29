"""Names that people give: what they may hold, and when two of them are the same.

Two names are the same when their keys are: in any case, in any composition of Unicode, in
any width. What looks like another name by a letter of another script is refused, after
Unicode Technical Standard 39, section 5.2, "Highly Restrictive": one script, or Latin with
those of Japanese, Chinese or Korean. The level below would let Latin stand beside Arabic or
Thai letters in one word, which nobody needs here, and the one above would refuse Japanese.
"""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError

# An entry of an index has room for this many characters of any kind.
MAX_KEY = 300

# The first word of a letter's name is its script, for all scripts that could be mixed up.
_TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)
_COMMON = frozenset({"MODIFIER", "FEMININE", "MASCULINE", "KATAKANA-HIRAGANA", "IDEOGRAPHIC"})
# Letters, marks and symbols that show as nothing (Default_Ignorable_Code_Point and the like);
# str.isprintable() knows the rest: controls, formats such as the bidirectional ones, spaces.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_WORDS = re.compile(r"[\s-]+")

NOT_PLAIN = "Use visible characters and plain spaces only, and none around it."
_MIXED = (
    "The word “{word}” mixes {scripts} letters, which can be mistaken for another name. "
    "Use letters of one script in a word."
)
_TOO_LONG = "Use a shorter name: written out, its characters are too many."


def normalized(name: str) -> str:
    """The form in which a name is kept and shown: NFC."""
    return unicodedata.normalize("NFC", name)


def key_of(name: str) -> str:
    """The form in which names are compared, found and sorted: NFKC, folded, single spaces."""
    # Folding can undo the composition, and composing can make what folds again (UTS 46).
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.casefold().split())


def validate_name(name: str) -> None:
    """Refuse names that look empty, like another name, or like something else.

    Raises:
        ValidationError: there are invisible characters in it or spaces around it, or a word
            in it mixes scripts.
    """
    if name != name.strip() or not name.isprintable() or _INVISIBLE.search(name):
        raise ValidationError(NOT_PLAIN)
    if len(key_of(name)) > MAX_KEY:
        raise ValidationError(_TOO_LONG)
    for word in _WORDS.split(name):
        _require_one_script(word)


def validate_username(name: str) -> None:
    """The same for what people sign in with: all of it is one word.

    Raises:
        ValidationError: as of ``validate_name``.
    """
    validate_name(name)
    _require_one_script(name)


def _require_one_script(word: str) -> None:
    scripts = _scripts(word)
    if len(scripts) > 1 and not any(scripts <= allowed for allowed in _TOGETHER):
        named = " and ".join(sorted(script.capitalize() for script in scripts))
        raise ValidationError(_MIXED.format(word=word, scripts=named))


def _scripts(word: str) -> set[str]:
    """The scripts of a word's letters; digits, marks and punctuation belong to all."""
    letters = (each for each in unicodedata.normalize("NFKC", word) if each.isalpha())
    return {unicodedata.name(each, "UNKNOWN").split()[0] for each in letters} - _COMMON
