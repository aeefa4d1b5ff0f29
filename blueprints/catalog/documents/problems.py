"""What is wrong with a document, where, and what would be right."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from iac_platform.common.errors import DomainError, ErrorKind

from .limits import MAX_PROBLEMS, MAX_PROBLEMS_SOUGHT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from blueprints.catalog.component_types.base import Severity

Path = tuple[str | int, ...]

#: Every kind of problem; docs/blueprints/document.md says what each is about.
Code = Literal[
    "circle",
    "contradiction",
    "default-does-not-fit",
    "duplicate-id",
    "forbidden-character",
    "former-id-in-use",
    "literal-secret",
    "locked-argument",
    "missing-argument",
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
    "unknown-component",
    "unknown-option",
    "unknown-property",
    "unknown-region",
    "unknown-resource",
    "unknown-variable",
    "unreachable",
    "unreachable-service",
    "unusable-block",
    "unused-variable",
    "value-does-not-fit",
    "wrong-argument",
    "wrong-form",
    "wrong-name",
    "wrong-reference",
    "wrong-relation",
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
        pointer: where: a JSON Pointer into the document (RFC 6901); empty for the whole.
        code: a stable, machine-readable name such as ``unknown-property``.
        message: what is wrong and, of an error, what would be right.
        severity: an ``error`` makes the document invalid; a ``warning`` does not.
        fix: what to do about a warning; errors say it in their message.
    """

    pointer: str
    code: Code | str  # a cloud's rules have codes of their own
    message: str
    severity: Severity = "error"
    fix: str = ""

    @classmethod
    def at(cls, path: Path, code: Code, message: str) -> Problem:
        """Make an error at a path of member names and list positions."""
        return cls(pointer(path), code, message)

    @classmethod
    def warning(cls, path: Path, code: Code, message: str, *, fix: str) -> Problem:
        """Make a warning at a path of member names and list positions."""
        return cls(pointer(path), code, message, "warning", fix)


class Review(NamedTuple):
    """What is to be said of a document that is kept.

    Attributes:
        problems: the first 100. Warnings, or the errors that a later release found.
        more: how many were found beyond these.
    """

    problems: tuple[Problem, ...] = ()
    more: int = 0

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> Review:
        """Keep as many as are told at once, and count the rest."""
        told = tuple(problems[:MAX_PROBLEMS])
        return cls(told, len(problems) - len(told))


class InvalidDocument(DomainError):
    """A document breaks rules of the blueprint format.

    Attributes:
        problems: the first 100 of them, in the document's order within each kind of check.
        more: how many were found beyond these.
    """

    code = "invalid-document"
    title = "The blueprint document is not valid"
    kind = ErrorKind.INVALID

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems, self.more = self.review = Review.of(problems)
        errors = [
            {"pointer": problem.pointer, "code": problem.code, "message": problem.message}
            for problem in self.problems
        ]
        super().__init__(_summary(problems), errors=errors, more=self.more)


class DocumentTooLarge(InvalidDocument):
    """A document was refused by its size, before it was read."""

    code = "document-too-large"
    kind = ErrorKind.TOO_LARGE


def _summary(problems: Sequence[Problem]) -> str:
    first = problems[0]
    place = first.pointer or "the document"
    if len(problems) == 1:
        return f"At {place}: {first.message}"
    counted = len(problems)
    count = f"{counted} or more" if counted >= MAX_PROBLEMS_SOUGHT else str(counted)
    return f"{count} problems. The first, at {place}: {first.message}"


def quoted(value: object) -> str:
    """Return a value as JSON for a message: short, and with every odd character visible."""
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return a sentence that names what was probably meant, or what there is to choose from."""
    names = sorted(known)
    near = difflib.get_close_matches(name[:_LONGEST_QUOTE], names, n=3)
    if near:
        return f"Did you mean {' or '.join(quoted(match) for match in near)}?"
    if not names:
        return "There are none."
    shown = ", ".join(quoted(choice) for choice in names[:_SOFT_LIMIT_OF_NAMES])
    rest = len(names) - _SOFT_LIMIT_OF_NAMES
    return f"Known are {shown}{f' and {rest} more' if rest > 0 else ''}."
