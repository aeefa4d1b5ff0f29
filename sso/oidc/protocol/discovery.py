"""Where a provider is asked, as it publishes that itself (OpenID Connect Discovery 1.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sso.federation.errors import quoted
from sso.oidc.protocol.documents import Document, endpoint, read_object
from sso.oidc.protocol.rules import OidcError, Rule

MAX_BYTES: Final = 128 * 1024
_PATH: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class ProviderMetadata:
    """What a sign-on needs to know of a provider.

    Attributes:
        issuer: what it calls itself; compared exactly.
        authorization_endpoint: where browsers are sent.
        token_endpoint: where tokens are asked for.
        jwks_uri: where its keys stand.
        userinfo_endpoint: where further claims are asked for; empty where it has none.
        revocation_endpoint: where tokens are revoked (RFC 7009); likewise.
        end_session_endpoint: where browsers sign out (OpenID Connect RP-Initiated Logout 1.0);
            likewise.
        sends_iss: whether each of its responses names the issuer (RFC 9207).
        uses_basic_auth: whether it takes client secrets by HTTP Basic; else in the form.
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    revocation_endpoint: str = ""
    end_session_endpoint: str = ""
    sends_iss: bool = False
    uses_basic_auth: bool = True


def discovery_url(issuer: str) -> str:
    """Where the document stands (section 4)."""
    return issuer.removesuffix("/") + _PATH


def read_discovery(document: bytes, issuer: str) -> ProviderMetadata:
    """Read the document of the provider that calls itself so.

    Raises:
        OidcError: it is another's (section 4.3), or lacks something.
    """
    read = _document_of(document, issuer)
    return ProviderMetadata(
        issuer=issuer,
        authorization_endpoint=endpoint(read, "authorization_endpoint"),
        token_endpoint=endpoint(read, "token_endpoint"),
        jwks_uri=endpoint(read, "jwks_uri"),
        userinfo_endpoint=_optional(read, "userinfo_endpoint"),
        revocation_endpoint=_optional(read, "revocation_endpoint"),
        end_session_endpoint=_optional(read, "end_session_endpoint"),
        sends_iss=read.get("authorization_response_iss_parameter_supported") is True,
        uses_basic_auth=_uses_basic_auth(read.get("token_endpoint_auth_methods_supported")),
    )


def read_keys_location(document: bytes, issuer: str) -> ProviderMetadata:
    """Read where the keys are of an issuer that signs nobody on, such as a CI system.

    Raises:
        OidcError: see ``read_discovery``.
    """
    read = _document_of(document, issuer)
    return ProviderMetadata(issuer, "", "", jwks_uri=endpoint(read, "jwks_uri"))


def _document_of(document: bytes, issuer: str) -> Document:
    read = read_object(document, Rule.DISCOVERY, "The discovery document")
    if read.get("issuer") != issuer:
        raise OidcError(
            Rule.DISCOVERY_ISSUER,
            f"The discovery document is of the issuer {quoted(read.get('issuer'))}; "
            f"{quoted(issuer)} is configured. They must be equal, to the last slash.",
        )
    return read


def _optional(read: Document, name: str) -> str:
    return endpoint(read, name) if read.get(name) else ""


def _uses_basic_auth(methods: Any) -> bool:
    """Whether it takes HTTP Basic, as is meant where it does not say (section 3)."""
    return not isinstance(methods, list) or (
        "client_secret_basic" in methods or "client_secret_post" not in methods
    )
