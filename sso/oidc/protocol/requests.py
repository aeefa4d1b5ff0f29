"""Sending a browser to a provider: the authorization request, with PKCE always."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sso.oidc.protocol.discovery import ProviderMetadata


@dataclass(frozen=True, slots=True)
class Client:
    """The tenant as a provider's client (relying party).

    Attributes:
        client_id: what the provider calls it.
        redirect_uri: where browsers bring responses; no other configuration has the same.
        secret: that only both know; empty for a client that has none (PKCE alone).
        posts_secret: whether it is registered to send it in the form, and never by HTTP Basic.
    """

    client_id: str
    redirect_uri: str
    secret: str = ""
    posts_secret: bool = False


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What makes one request and its answer belong together, in one browser.

    Nonce and verifier come from the secret of the browser's cookie (OpenID Connect Core, section
    15.5.2): whoever has no such cookie can neither compute them nor read them anywhere.
    """

    state: str
    nonce: str
    code_verifier: str

    @classmethod
    def derive(cls, secret: str, state: str) -> AuthorizationRequest:
        """The request of a state in the browser of a secret."""
        return cls(state, _derived("nonce", secret, state), _derived("verifier", secret, state))

    @property
    def code_challenge(self) -> str:
        """The verifier's S256 (RFC 7636, section 4.2)."""
        return _encoded(hashlib.sha256(self.code_verifier.encode()).digest())


def authorization_url(
    provider: ProviderMetadata,
    client: Client,
    asked: AuthorizationRequest,
    *,
    scopes: tuple[str, ...],
    extra: Mapping[str, str],
) -> str:
    """Where to send the browser.

    Args:
        provider: to whom.
        client: who asks.
        asked: what the answer must fit.
        scopes: what is asked for; ``openid`` is among it.
        extra: further parameters, such as ``prompt``.
    """
    parameters = {
        **extra,
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "scope": " ".join(scopes),
        "state": asked.state,
        "nonce": asked.nonce,
        "code_challenge": asked.code_challenge,
        "code_challenge_method": "S256",
    }
    start = provider.authorization_endpoint
    return f"{start}{'&' if '?' in start else '?'}{urlencode(parameters)}"


def _derived(purpose: str, secret: str, state: str) -> str:
    """43 characters; a plain hash suffices, as the secret is random."""
    return _encoded(hashlib.sha256(f"oidc {purpose} {secret} {state}".encode()).digest())


def _encoded(digest: bytes) -> str:
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
