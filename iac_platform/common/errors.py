"""Domain errors: what went wrong, said once, in the words a person can act on.

Services raise subclasses that live beside them; the gateway alone turns them into
HTTP problem documents (RFC 9457) by their ``kind``.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Any, ClassVar


class ErrorKind(Enum):
    """What sort of refusal an error is; the gateway maps each to one HTTP status."""

    INVALID = auto()
    FORBIDDEN = auto()
    NOT_FOUND = auto()
    CONFLICT = auto()
    PRECONDITION_FAILED = auto()
    PRECONDITION_REQUIRED = auto()
    UNAUTHENTICATED = auto()
    TOO_LARGE = auto()
    EXHAUSTED = auto()  # What is granted for a time is used up.
    UNAVAILABLE = auto()


class DomainError(Exception):
    """Base of every error that a caller of the platform can cause and fix.

    Attributes:
        code: a stable, machine-readable name such as ``version-conflict``.
        title: a short summary that does not change between occurrences.
        kind: the sort of refusal.
        detail: what happened here, and what to do about it.
        extra: further members of the problem document; never secrets.
    """

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "The request could not be carried out"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra
