"""What is wrong with a document, where, and what would be right."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Path = tuple[str | int, ...]

#: An error makes a document invalid; a warning is reported and changes nothing.
Severity = Literal["error", "warning"]

#: Every kind of problem; docs/blueprints/document.md says what each is about.
Code = Literal[
    "circle",
    "component-removed",
    "component-renamed",
    "component-repeated",
    "component-replaced",
    "contradiction",
    "cross-account",
    "cross-region",
    "default-does-not-fit",
    "duplicate-id",
    "forbidden-character",
    "former-id-dropped",
    "former-id-in-use",
    "former-id-occupied",
    "instances-removed",
    "kept-in-state",
    "literal-secret",
    "locked-argument",
    "missing-argument",
    "missing-backend",
    "missing-firewall",
    "missing-ports",
    "missing-property",
    "missing-role",
    "mixed-networks",
    "nat-without-public-subnet",
    "not-a-secret",
    "not-json",
    "not-managed",
    "not-utf-8",
    "number-too-large",
    "outside-network",
    "overlapping-subnets",
    "place-changed",
    "provider-removed",
    "read-only-argument",
    "relation-to-itself",
    "repeated-item",
    "repeated-member",
    "repeated-name",
    "repeated-relation",
    "reserved-tag",
    "secret-exposed",
    "shared-access",
    "too-deep",
    "too-few",
    "too-few-zones",
    "too-large",
    "too-long",
    "too-many",
    "too-many-components",
    "too-short",
    "too-small",
    "type-mismatch",
    "unknown-argument",
    "unknown-attribute",
    "unknown-blueprint",
    "unknown-component",
    "unknown-former-id",
    "unknown-option",
    "unknown-property",
    "unknown-provider",
    "unknown-region",
    "unknown-resource",
    "unknown-variable",
    "unreachable",
    "unreachable-service",
    "unusable-block",
    "unsupported-cloud",
    "unused-variable",
    "value-does-not-fit",
    "without-effect",
    "wrong-argument",
    "wrong-form",
    "wrong-name",
    "wrong-reference",
    "wrong-relation",
    "wrong-store",
    "wrong-type",
    "wrong-value",
]

_LONGEST_QUOTE = 80
_SOFT_LIMIT_OF_NAMES = 12


def pointer(path: Iterable[str | int]) -> str:
    """Return the JSON Pointer of a path (RFC 6901 section 4): ``/components/0/id``."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return "".join(f"/{step}" for step in steps)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a document, or that its author should know.

    Attributes:
        path: where: names of members and places in lists, from the document, or from the part of
            it that a check sees.
        message: what is wrong and, of an error, what would be right.
        code: a stable, machine-readable name such as ``unknown-property``.
        severity: an ``error`` makes the document invalid; a ``warning`` does not.
        fix: what to do about a warning; errors say it in their message.
    """

    path: Path
    message: str
    code: Code | str  # a cloud's rules have codes of their own
    severity: Severity = "error"
    fix: str = ""

    @classmethod
    def error(cls, path: Path, message: str, code: Code = "contradiction") -> Problem:
        """Say what makes the document invalid."""
        return cls(path, message, code)

    @classmethod
    def warning(
        cls, path: Path, message: str, code: Code = "contradiction", *, fix: str
    ) -> Problem:
        """Say what the author should know, and what to do about it."""
        return cls(path, message, code, "warning", fix)

    @property
    def pointer(self) -> str:
        """Where, as a JSON Pointer (RFC 6901); empty for the whole document."""
        return pointer(self.path)


def written(value: Any, path: Path) -> Path:
    """Return the part of a path that the author wrote: a default cannot be pointed at."""
    for depth, step in enumerate(path):
        if not isinstance(value, dict | list) or (isinstance(value, dict) and step not in value):
            return path[:depth]
        value = value[step]  # type: ignore[index]  # a step fits its place
    return path


def quoted(value: object) -> str:
    """Return a value as JSON for a message: short, and with every odd character visible."""
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return a sentence that names what was probably meant, or what there is to choose from."""
    names = {each.casefold(): each for each in sorted(known, reverse=True)}
    given = name[:_LONGEST_QUOTE].casefold()
    near = difflib.get_close_matches(given, names, n=3)
    if near:
        return f"Did you mean {' or '.join(quoted(names[match]) for match in near)}?"
    if not names:
        return "There are none."
    closest = sorted(names, key=lambda each: (-_alike(each, given), each))
    shown = ", ".join(quoted(names[each]) for each in closest[:_SOFT_LIMIT_OF_NAMES])
    rest = len(names) - _SOFT_LIMIT_OF_NAMES
    return f"Known are {shown}{f' and {rest} more' if rest > 0 else ''}."


def _alike(one: str, another: str) -> int:
    """Count the letters at the beginning that two names share."""
    pairs = zip(one, another, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
