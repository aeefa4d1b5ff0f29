"""Bytes into JSON values, without what JSON readers usually let pass.

Python's reader keeps the last of two equal member names, and takes NaN, infinite and
arbitrarily long numbers. A document that two readers understand differently cannot be
reviewed, so all of these are refused (RFC 8259 section 4 calls such names unpredictable).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from blueprints.catalog.problems import Path, Problem, quoted

from .errors import DocumentTooLarge, InvalidDocument
from .limits import MAX_BYTES, MAX_DEPTH, MAX_SAFE_INTEGER

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST_INTEGER = len(str(MAX_SAFE_INTEGER)) + 1


def parse(raw: bytes | str) -> object:
    """Read a document from JSON text in UTF-8.

    Returns:
        Plain JSON values, still to be checked by ``validate``.

    Raises:
        DocumentTooLarge: there are more bytes than allowed; nothing was parsed.
        InvalidDocument: it is not JSON, or JSON that cannot be read in one way only.
    """
    text = _text(raw)
    repeated: list[tuple[dict[str, Any], str]] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        _refuse_half_characters(found)
        if len(found) < len(pairs):
            repeated.append((found, _first_repeated(pairs)))
        return found

    try:
        value = json.loads(
            text,
            object_pairs_hook=members,
            parse_int=_integer,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        message = f"Not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        raise InvalidDocument([Problem.error((), message, "not-json")]) from None
    except RecursionError:
        message = f"Lists and objects may lie at most {MAX_DEPTH} deep in each other."
        raise InvalidDocument([Problem.error((), message, "too-deep")]) from None
    if repeated:
        raise InvalidDocument([_repetition(value, *repeated[0])])
    return value


def _text(raw: bytes | str) -> str:
    # A text of n characters has n bytes or more: no need to encode a huge one to refuse it.
    if len(raw) > MAX_BYTES:
        raise _too_large()
    if isinstance(raw, str):
        if len(raw.encode("utf-8", "surrogatepass")) > MAX_BYTES:
            raise _too_large()
        return raw
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"Not UTF-8: the byte at position {error.start} belongs to no character."
        raise InvalidDocument([Problem.error((), message, "not-utf-8")]) from None


def _too_large() -> DocumentTooLarge:
    message = f"A document has at most {MAX_BYTES} bytes (2 MiB): divide it into several."
    return DocumentTooLarge([Problem.error((), message, "too-large")])


def _integer(digits: str) -> int:
    """Read a number; one that is too long for JSON is refused where it stands, as any too large."""
    return int(digits[: _LONGEST_INTEGER + 1])


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidDocument(
        [Problem.error((), f"Not JSON: {name} is not a JSON number.", "not-json")]
    )


def _refuse_half_characters(names: Iterable[str]) -> None:
    """Refuse names that no pointer could be written to."""
    for name in names:
        if not name.isascii() and any("\ud800" <= character <= "\udfff" for character in name):
            message = f"The name {quoted(name)} holds half of a character: remove it."
            raise InvalidDocument([Problem.error((), message, "forbidden-character")])


def _first_repeated(pairs: list[tuple[str, Any]]) -> str:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            return name
        seen.add(name)
    raise AssertionError("called without a repeated name")


def _repetition(root: object, container: dict[str, Any], name: str) -> Problem:
    message = f"The member {quoted(name)} stands twice in one object: keep one of them."
    return Problem.error((*_path_to(root, container), name), message, "repeated-member")


def _path_to(root: object, wanted: object) -> Path:
    """Find where an object lies; empty if a later member of the same name replaced it."""
    waiting: list[tuple[Path, object]] = [((), root)]
    while waiting:
        path, value = waiting.pop()
        if value is wanted:
            return path
        if isinstance(value, dict):
            waiting.extend(((*path, key), child) for key, child in value.items())
        elif isinstance(value, list):
            waiting.extend(((*path, index), child) for index, child in enumerate(value))
    return ()
