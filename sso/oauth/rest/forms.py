"""Reading a form as OAuth has it (RFC 6749, sections 3.2 and 4.1.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.http import QueryDict

from sso.oauth.errors import OAuthError, OAuthErrorCode

if TYPE_CHECKING:
    from rest_framework.request import Request

MAX_SUBJECT_TOKEN: Final = 14 * 1024
_UTF_8: Final = "utf-8"
_MAX_VALUE: Final = 1_000
_MAX_SCOPES: Final = 50


class OAuthForm:
    """What was posted; parameters without a value count as left out, and unknown ones for nothing.

    Raises ``OAuthError`` where it was not posted as OAuth wants it.
    """

    def __init__(self, request: Request) -> None:
        if request.query_params:
            raise _invalid("Send the parameters in the body, not in the address.")
        if (request.content_params or {}).get("charset", _UTF_8).lower() != _UTF_8:
            raise _invalid("Send the form in UTF-8.")
        given: Any = request.data
        if not isinstance(given, QueryDict):  # of an empty body without a content type
            raise _invalid("Send a form.")
        repeated = [name for name, values in given.lists() if len(values) > 1]
        if repeated:
            raise _invalid("A parameter was sent more than once.")
        self._values = {name: str(value) for name, value in given.items() if value}

    def text(self, name: str, *, most: int = _MAX_VALUE) -> str:
        """A parameter that must be there."""
        value = self.optional(name, most=most)
        if not value:
            raise _invalid(f"The parameter {name} is missing.")
        return value

    def optional(self, name: str, *, most: int = _MAX_VALUE) -> str:
        """A parameter, or an empty text."""
        value = self._values.get(name, "")
        if len(value) > most or not value.isprintable():
            raise _invalid(f"The parameter {name} is too long, or has control characters.")
        return value

    def key(self, name: str) -> UUID:
        """A parameter that is the id of an object."""
        try:
            return UUID(self.text(name))
        except ValueError:
            raise _invalid(f"The parameter {name} is no UUID.") from None

    def scopes(self) -> list[str] | None:
        """The permissions that are wanted (section 3.3); None for all."""
        wanted = self.optional("scope", most=_MAX_SCOPES * 100).split()
        if len(wanted) > _MAX_SCOPES:
            raise OAuthError(OAuthErrorCode.INVALID_SCOPE, f"Name up to {_MAX_SCOPES} scopes.")
        return wanted or None


def _invalid(description: str) -> OAuthError:
    return OAuthError(OAuthErrorCode.INVALID_REQUEST, description)
