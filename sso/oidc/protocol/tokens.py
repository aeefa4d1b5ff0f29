"""Asking for tokens, and reading the answer (OpenID Connect Core, sections 3.1.3 and 12)."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus

from sso.federation.errors import quoted
from sso.oidc.protocol.documents import optional_text, printable, read_object, text_of
from sso.oidc.protocol.rules import OidcError, Rule

if TYPE_CHECKING:
    from sso.oidc.protocol.discovery import ProviderMetadata
    from sso.oidc.protocol.requests import Client

MAX_BYTES: Final = 128 * 1024
INVALID_CLIENT: Final = "invalid_client"
INVALID_GRANT: Final = "invalid_grant"


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A form for the token endpoint, or the one that revokes.

    Attributes:
        form: its fields.
        headers: with the client's credentials, where they do not stand in the form.
    """

    form: dict[str, str] = field(repr=False)
    headers: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a code or a refresh token was worth.

    Attributes:
        id_token: empty where a refresh brought none.
        access_token: for userinfo.
        refresh_token: empty where the provider gave none, or none in the place of the last.
        expires_in: seconds that the access token is good for; None where that is not said.
    """

    id_token: str = field(repr=False)
    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_in: int | None = None


class TokenError(OidcError):
    """The token endpoint refused.

    Attributes:
        error: its code (RFC 6749, section 5.2); empty without one.
    """

    def __init__(self, status: int, error: str, description: str) -> None:
        parts = [quoted(each) for each in (error, description) if each]
        said = ": " + ", ".join(parts) if parts else " without an error code"
        super().__init__(Rule.TOKEN_ERROR, f"The token endpoint answered {status}{said}.")
        self.error = error


def code_request(
    provider: ProviderMetadata, client: Client, *, code: str, code_verifier: str
) -> TokenRequest:
    """What to post to the token endpoint for a code."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": code_verifier,
    }
    return _authenticated(provider, client, form)


def refresh_request(provider: ProviderMetadata, client: Client, refresh_token: str) -> TokenRequest:
    """What to post to the token endpoint for a refresh token (RFC 6749, section 6)."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return _authenticated(provider, client, form)


def revocation_request(provider: ProviderMetadata, client: Client, token: str) -> TokenRequest:
    """What to post to the endpoint that revokes (RFC 7009, section 2.1)."""
    return _authenticated(provider, client, {"token": token})


def _authenticated(
    provider: ProviderMetadata, client: Client, form: dict[str, str]
) -> TokenRequest:
    """A form with the client's credentials; the secret goes in one place alone."""
    if client.secret and provider.uses_basic_auth and not client.posts_secret:
        return TokenRequest(form, {"Authorization": _basic(client)})
    credentials = {"client_id": client.client_id}
    if client.secret:
        credentials["client_secret"] = client.secret
    return TokenRequest({**form, **credentials}, {})


def read_tokens(document: bytes, *, requires_id_token: bool = True) -> Tokens:
    """Read the answer of a token endpoint.

    Raises:
        OidcError: it has no ID token where there must be one, or no access token by which the rest
            can be asked.
    """
    rule = Rule.TOKEN_RESPONSE
    read = read_object(document, rule, "The answer of the token endpoint")
    if str(read.get("token_type")).lower() != "bearer":
        raise OidcError(rule, f"token_type is {quoted(read.get('token_type'))}, not Bearer.")
    read_id_token = text_of if requires_id_token else optional_text
    return Tokens(
        read_id_token(read, "id_token", rule),
        printable(text_of(read, "access_token", rule), "access_token", rule),
        optional_text(read, "refresh_token", rule),
        _seconds(read.get("expires_in")),
    )


def _seconds(value: Any) -> int | None:
    """Some providers write the number as a text."""
    try:
        return max(int(value), 0)
    except (TypeError, ValueError, OverflowError):
        return None


def token_error(status: int, document: bytes) -> TokenError:
    """Why a token endpoint gave no tokens (RFC 6749, section 5.2), for the admin to read."""
    try:
        read = read_object(document, Rule.TOKEN_ERROR, "The answer of the token endpoint")
        error = optional_text(read, "error", Rule.TOKEN_ERROR)
        description = optional_text(read, "error_description", Rule.TOKEN_ERROR)
    except OidcError:
        error = description = ""
    return TokenError(status, error, description)


def _basic(client: Client) -> str:
    """HTTP Basic as OAuth has it: both are form-encoded first (RFC 6749, section 2.3.1)."""
    both = f"{quote_plus(client.client_id)}:{quote_plus(client.secret)}"
    return f"Basic {b64encode(both.encode()).decode()}"
