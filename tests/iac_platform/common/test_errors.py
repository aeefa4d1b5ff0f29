from __future__ import annotations

from typing import ClassVar

from iac_platform.common.errors import DomainError, ErrorKind


class OutOfPaper(DomainError):
    code: ClassVar[str] = "out-of-paper"
    title: ClassVar[str] = "There is no paper left"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE


def test_an_error_says_what_happened_and_carries_what_else_is_known() -> None:
    error = OutOfPaper("Fill tray 2.", tray=2)
    assert (str(error), error.detail, error.extra) == ("Fill tray 2.", "Fill tray 2.", {"tray": 2})
    assert (error.code, error.kind) == ("out-of-paper", ErrorKind.UNAVAILABLE)


def test_an_error_without_more_to_say_is_an_invalid_request() -> None:
    assert DomainError("No.").kind is ErrorKind.INVALID
    assert DomainError("No.").extra == {}
