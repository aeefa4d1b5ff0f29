"""Anything at all into plain JSON values, or a reason why it is none."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from blueprints.catalog.problems import Code, Path, Problem, quoted

from .errors import InvalidDocument
from .limits import MAX_COMPONENTS, MAX_DEPTH, MAX_NAME, MAX_SAFE_INTEGER, MAX_VALUES
from .texts import normalized


def plain(document: object) -> Any:
    """Return a copy made of dict, list, str, bool, int, float and None only.

    Numbers without a fraction become integers, as RFC 8785 writes them: 2.0 is 2.

    Raises:
        InvalidDocument: it is too large or too deep, or holds what JSON cannot.
    """
    _refuse_too_many_components(document)
    return _Copier().copy(document, ())


def _refuse_too_many_components(document: object) -> None:
    """Answer an enormous document before anything walks through it."""
    components = document.get("components") if isinstance(document, dict) else None
    if isinstance(components, list) and len(components) > MAX_COMPONENTS:
        message = (
            f"A document has at most {MAX_COMPONENTS} components; this one has "
            f"{len(components)}: divide it into several blueprints."
        )
        raise InvalidDocument([Problem.error(("components",), message, "too-many-components")])


def _refuse(path: Path, code: Code, message: str) -> InvalidDocument:
    return InvalidDocument([Problem.error(path, message, code)])


@dataclass(slots=True)
class _Copier:
    values: int = 0

    def copy(self, value: object, path: Path) -> Any:
        self.values += 1
        if self.values > MAX_VALUES:
            message = f"A document has at most {MAX_VALUES} values: divide it into several."
            raise _refuse((), "too-large", message)
        if len(path) > MAX_DEPTH:
            message = f"Lists and objects may lie at most {MAX_DEPTH} deep in each other."
            raise _refuse(path[:MAX_DEPTH], "too-deep", message)
        if isinstance(value, str):
            return _text(value, path)
        if isinstance(value, Mapping):
            copied = {
                _name(key, path): self.copy(child, (*path, key)) for key, child in value.items()
            }
            _refuse_same_names(copied, path)
            return copied
        if isinstance(value, list | tuple):
            return [self.copy(child, (*path, index)) for index, child in enumerate(value)]
        return _scalar(value, path)


def _name(key: object, path: Path) -> str:
    if not isinstance(key, str):
        message = f"Member names are text, not {type(key).__name__}."
        raise _refuse(path, "not-json", message)
    if len(key) > MAX_NAME:
        message = f"Member names have at most {MAX_NAME} characters, not {len(key)}."
        raise _refuse(path, "too-long", message)
    return _text(key, path)


def _refuse_same_names(members: Mapping[str, Any], path: Path) -> None:
    """Refuse names that Terraform, as readers do, takes for one: ``é`` has two spellings."""
    if all(map(str.isascii, members)):
        return
    seen: set[str] = set()
    for name in members:
        if normalized(name) in seen:
            message = f"{quoted(name)} stands here in another spelling too: keep one."
            raise _refuse((*path, name), "repeated-member", message)
        seen.add(normalized(name))


def _text(value: str, path: Path) -> str:
    if not value.isprintable():
        _refuse_characters(value, path)
    # A subclass of str may carry behaviour (Django's safe strings do): keep the text only.
    return str.__str__(value)


def _refuse_characters(value: str, path: Path) -> None:
    if "\0" in value:
        message = "Text holds no null characters (U+0000): remove it."
        raise _refuse(path, "forbidden-character", message)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        code_point = ord(value[error.start])
        message = f"U+{code_point:04X} is half of a character (a lone surrogate): remove it."
        raise _refuse(path, "forbidden-character", message) from None


def _integer(value: int, path: Path) -> int:
    if abs(value) > MAX_SAFE_INTEGER:
        message = f"Whole numbers lie between -{MAX_SAFE_INTEGER} and {MAX_SAFE_INTEGER}."
        raise _refuse(path, "number-too-large", message)
    return int(value)


def _float(value: float, path: Path) -> float | int:
    if not math.isfinite(value):
        raise _refuse(path, "not-json", "JSON has no NaN and no infinite numbers.")
    if value.is_integer():
        return _integer(int(value), path)
    return float(value)


def _scalar(value: object, path: Path) -> Any:
    if value is None or isinstance(value, bool):
        return value
    for kind, copy in _NUMBERS:
        if isinstance(value, kind):
            return copy(value, path)
    message = f"JSON has no values such as {quoted(type(value).__name__)}."
    raise _refuse(path, "not-json", message)


_NUMBERS: tuple[tuple[type, Callable[[Any, Path], Any]], ...] = ((int, _integer), (float, _float))
