"""Asking for tokens by a code, and reading the answer (OpenID Connect Core, section 3.1.3)."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus

from sso.federation.errors import quoted
from sso.oidc.protocol.documents import optional_text, printable, read_object, text_of
from sso.oidc.protocol.rules import OidcError, Rule

if TYPE_CHECKING:
    from sso.oidc.protocol.discovery import ProviderMetadata
    from sso.oidc.protocol.requests import Client

MAX_BYTES: Final = 128 * 1024


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A form for the token endpoint.

    Attributes:
        form: its fields.
        headers: with the client's credentials, where they do not stand in the form.
    """

    form: dict[str, str] = field(repr=False)
    headers: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a code was worth; the access token is used once, and kept nowhere."""

    id_token: str = field(repr=False)
    access_token: str = field(repr=False)


def token_request(
    provider: ProviderMetadata, client: Client, *, code: str, code_verifier: str
) -> TokenRequest:
    """What to post to the token endpoint; the secret goes in one place alone."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": code_verifier,
    }
    if client.secret and provider.uses_basic_auth and not client.posts_secret:
        return TokenRequest(form, {"Authorization": _basic(client)})
    form["client_id"] = client.client_id
    if client.secret:
        form["client_secret"] = client.secret
    return TokenRequest(form, {})


def read_tokens(document: bytes) -> Tokens:
    """Read the answer of a token endpoint.

    Raises:
        OidcError: it has no ID token, or no access token by which the rest can be asked.
    """
    read = read_object(document, Rule.TOKEN_RESPONSE, "The answer of the token endpoint")
    if str(read.get("token_type")).lower() != "bearer":
        raise OidcError(
            Rule.TOKEN_RESPONSE, f"token_type is {quoted(read.get('token_type'))}, not Bearer."
        )
    access_token = text_of(read, "access_token", Rule.TOKEN_RESPONSE)
    return Tokens(
        text_of(read, "id_token", Rule.TOKEN_RESPONSE),
        printable(access_token, "access_token", Rule.TOKEN_RESPONSE),
    )


def token_error(status: int, document: bytes) -> OidcError:
    """Why a token endpoint gave no tokens (RFC 6749, section 5.2), for the admin to read."""
    try:
        read = read_object(document, Rule.TOKEN_ERROR, "The answer of the token endpoint")
        error = optional_text(read, "error", Rule.TOKEN_ERROR)
        description = optional_text(read, "error_description", Rule.TOKEN_ERROR)
    except OidcError:
        error = description = ""
    return OidcError(
        Rule.TOKEN_ERROR,
        f"The token endpoint answered {status}: {quoted(error)}, {quoted(description)}.",
    )


def _basic(client: Client) -> str:
    """HTTP Basic as OAuth has it: both are form-encoded first (RFC 6749, section 2.3.1)."""
    both = f"{quote_plus(client.client_id)}:{quote_plus(client.secret)}"
    return f"Basic {b64encode(both.encode()).decode()}"
