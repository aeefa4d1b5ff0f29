"""What is said of a document as a whole: that it is refused and why, or what there is to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from iac_platform.common.errors import DomainError, ErrorKind

from .limits import MAX_PROBLEMS, MAX_PROBLEMS_SOUGHT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from blueprints.catalog.problems import Problem


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
        """Keep as many as are reported at once, and count the rest."""
        reported = tuple(problems[:MAX_PROBLEMS])
        return cls(reported, len(problems) - len(reported))

    def after(self, problems: Iterable[Problem]) -> Review:
        """Say other problems before these, which are cut off first where there are too many."""
        both = Review.of([*problems, *self.problems])
        return Review(both.problems, both.more + self.more)


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
        super().__init__(_summary(self.problems, self.more), errors=errors, more=self.more)

    def point_into(self, member: str) -> None:
        """Have what is shown point into a body that holds the document.

        Args:
            member: where the document lies there, as a JSON Pointer.
        """
        self.detail = _summary(self.problems, self.more, member)
        self.extra["errors"] = [
            {"pointer": f"{member}{each.pointer}", "code": each.code, "detail": each.message}
            for each in self.problems
        ]


class DocumentTooLarge(InvalidDocument):
    """A document was refused by its size, before it was read."""

    code = "document-too-large"
    kind = ErrorKind.TOO_LARGE


def _summary(problems: Sequence[Problem], more: int, member: str = "") -> str:
    first, counted = problems[0], len(problems) + more
    place = f"{member}{first.pointer}" or "the document"
    if counted == 1:
        return f"At {place}: {first.message}"
    count = f"{counted} or more" if counted >= MAX_PROBLEMS_SOUGHT else str(counted)
    return f"{count} problems. The first, at {place}: {first.message}"
