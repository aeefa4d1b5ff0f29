"""The claims beside the ID token (OpenID Connect Core, section 5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sso.federation.errors import quoted
from sso.oidc.protocol.documents import read_object
from sso.oidc.protocol.rules import OidcError, Rule

if TYPE_CHECKING:
    from sso.oidc.protocol.documents import Document

MAX_BYTES: Final = 128 * 1024
_MAX_VALUES: Final = 1000
# They are about the token or the sign-on, and say nothing of the person.
_PROTOCOL_CLAIMS: Final = frozenset(
    {
        *("iss", "aud", "azp", "exp", "iat", "nbf", "jti", "nonce", "at_hash", "c_hash", "s_hash"),
        *("auth_time", "acr", "amr", "sid"),
    }
)


def read_userinfo(document: bytes, subject: str) -> Document:
    """Read the answer of a userinfo endpoint, which must be about the same person.

    Raises:
        OidcError: it is about somebody else (section 5.3.2), or no JSON object.
    """
    read = read_object(document, Rule.USERINFO, "The answer of the userinfo endpoint")
    if read.get("sub") != subject:
        raise OidcError(
            Rule.USERINFO_SUBJECT,
            f"The userinfo endpoint tells of {quoted(read.get('sub'))}, the ID token of "
            f"{quoted(subject)}.",
        )
    return read


def attributes_of(claims: Document, userinfo: Document) -> dict[str, tuple[str, ...]]:
    """What both say about the person, by name: texts, numbers, and lists of them.

    What the ID token says is signed, and counts where both say something. An address that the
    provider itself does not vouch for is none.
    """
    merged = {**userinfo, **claims}
    if merged.get("email_verified", True) not in (True, "true"):
        merged.pop("email", None)
    read = {name: _texts(value) for name, value in merged.items() if name not in _PROTOCOL_CLAIMS}
    return {name: values for name, values in read.items() if values is not None}


def _texts(value: Any) -> tuple[str, ...] | None:
    """A claim's values; None for what is no list of plain ones."""
    values = value if isinstance(value, list) else [value]
    if len(values) > _MAX_VALUES or not all(isinstance(each, str | int) for each in values):
        return None
    return tuple(str(each).lower() if isinstance(each, bool) else str(each) for each in values)
