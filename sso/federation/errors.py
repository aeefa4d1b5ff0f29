"""What an identity provider said, and was refused for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from iac_platform.common.errors import DomainError

if TYPE_CHECKING:
    from enum import StrEnum

_SHOWN_CHARACTERS = 200


class MessageRefused(DomainError):
    """A message of an identity provider broke a rule; each protocol has its own kind of it.

    Attributes:
        rule: which one; stable, it stands in the login log.
        detail: a plain sentence for the person, who cannot change what was sent.
        reason: what exactly was wrong, for the tenant's admin. It may quote the message, which
            names people: show it to nobody else.
        is_temporary: whether the same may be taken in a few minutes.
    """

    title = "Single sign-on was refused"

    def __init__(
        self, rule: StrEnum, sentence: str, reason: str, *, is_temporary: bool = False
    ) -> None:
        super().__init__(sentence)
        self.rule = rule
        self.reason = reason
        self.is_temporary = is_temporary

    def __str__(self) -> str:
        return f"{self.rule}: {self.reason}"


def quoted(value: object) -> str:
    """A value of a message as it may stand in a reason: in quotes, printable and short."""
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value)
    return repr(text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…")
