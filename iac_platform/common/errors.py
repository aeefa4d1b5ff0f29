"""Domain errors: what went wrong, said once, in the words a person can act on.

Services raise subclasses that live beside them; the gateway alone turns them into
HTTP problem documents (RFC 9457) by their ``kind``.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


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

    @classmethod
    def at(cls, field: str, detail: str, *, code: str = "invalid") -> Self:
        """The error for one member of what was given; see ``of_fields``."""
        return cls.of_fields({field: [detail]}, code=code)

    @classmethod
    def of_fields(cls, problems: Mapping[str, Iterable[str]], *, code: str = "invalid") -> Self:
        """The error for members of what was given, with a JSON Pointer to each.

        Args:
            problems: what is wrong, by the member's name, or its path such as ``owner/id``.
            code: what clients tell these problems by.
        """
        errors = [
            {"pointer": f"/{field}", "code": code, "detail": detail}
            for field, details in problems.items()
            for detail in details
        ]
        detail = " ".join(f"{each['pointer'][1:]}: {each['detail']}" for each in errors)
        return cls(detail, errors=errors)


class NotPermitted(DomainError):
    """The user may not do this: the same problem as where the gateway refuses."""

    code = "permission-denied"
    title = "Permission denied"
    kind = ErrorKind.FORBIDDEN


class RecentAuthenticationRequired(DomainError):
    """Somebody who has signed in must show once more who they are before they do this."""

    code = "recent-authentication-required"
    title = "A recent authentication is required"
    kind = ErrorKind.FORBIDDEN


class InvalidFields(DomainError):
    """A field does not fit."""

    code = "invalid-fields"
    title = "Invalid fields"


class NameTaken(DomainError):
    """Another object of its kind has this name."""

    code = "name-taken"
    title = "The name is taken"
    kind = ErrorKind.CONFLICT


class ObjectNotFound(DomainError):
    """The object does not exist, does no longer, or is nothing the caller may see."""

    code = "object-not-found"
    title = "Object not found"
    kind = ErrorKind.NOT_FOUND


class ObjectInUse(DomainError):
    """Something else refers to the object."""

    code = "object-in-use"
    title = "The object is in use"
    kind = ErrorKind.CONFLICT


class RevisionConflict(DomainError):
    """The object changed since the caller read it."""

    code = "revision-conflict"
    title = "The object has changed since you read it"
    kind = ErrorKind.PRECONDITION_FAILED
