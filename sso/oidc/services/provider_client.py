"""Asking a provider: its documents, tokens by a code, and the claims beside them.

Nobody waits for a provider inside a transaction, and of a process's threads only some wait.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlencode

from iac_platform.cache import CacheUnavailable, cache, ledger
from iac_platform.common import fetching
from iac_platform.common.fetching import AnsweredOtherwise, Content, FetchFailed, TooLarge
from iac_platform.common.places import Places
from sso.oidc.errors import ProviderBusy
from sso.oidc.protocol import discovery, signatures, tokens, userinfo
from sso.oidc.protocol.algorithms import Algorithm
from sso.oidc.protocol.logout import TOKEN_TYPES
from sso.oidc.protocol.rules import OidcError, Rule

if TYPE_CHECKING:
    from collections.abc import Container
    from uuid import UUID

    from sso.oidc.protocol.discovery import ProviderMetadata
    from sso.oidc.protocol.documents import Document
    from sso.oidc.protocol.requests import Client
    from sso.oidc.protocol.tokens import TokenRequest, Tokens

PROVIDER_CALLS: Final = Places(in_all=3, of_one_tenant=2, busy=ProviderBusy)
"""Fewer than the four threads that a process has by default: one is left for everybody else."""

REFETCHED_EVERY: Final = 60
"""Seconds between two looks for newer keys, when a token names one that is not known."""

_SECONDS: Final = 5.0  # of one answer
_SECONDS_IN_ALL: Final = 10.0
_KEPT_SECONDS: Final = 3600
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_NAMESPACE: Final = "oidc-documents"
_REFETCHES: Final = "oidc-keys"
# What is wrong with a request, and what is a matter of a moment (RFC 9110, sections 15.5, 15.6).
_CLIENT_ERRORS, _SERVER_ERRORS = 400, 500
_NEWER_KEYS_MAY_HELP: Final = {Rule.UNKNOWN_KEY, Rule.SIGNATURE}


class Issuer(Protocol):
    """Whose tokens are trusted, and the algorithm that they are signed with."""

    pk: UUID
    revision: int
    issuer: str
    signing_algorithm: str


class ProviderClient:
    """A provider, for the time of one request of a browser.

    Each method raises ``OidcError`` where the provider cannot be asked, or breaks a rule.
    """

    def __init__(self, configuration: Issuer) -> None:
        self._configuration = configuration
        self._end = time.monotonic() + _SECONDS_IN_ALL

    def metadata(self) -> ProviderMetadata:
        """Where it is asked, as it has said within an hour."""
        url = discovery.discovery_url(self._configuration.issuer)
        document = cache.get_or_set(
            _NAMESPACE, self._key(url), lambda: self._fetch_discovery(url), ttl=_KEPT_SECONDS
        )
        return self._read_discovery(document)

    def exchange_code(
        self, metadata: ProviderMetadata, client: Client, *, code: str, code_verifier: str
    ) -> Tokens:
        """What a code is worth."""
        request = tokens.code_request(metadata, client, code=code, code_verifier=code_verifier)
        return tokens.read_tokens(self._post(metadata.token_endpoint, request))

    def refresh(self, metadata: ProviderMetadata, client: Client, refresh_token: str) -> Tokens:
        """New tokens; most providers take the refresh token this once."""
        request = tokens.refresh_request(metadata, client, refresh_token)
        answer = self._post(metadata.token_endpoint, request)
        return tokens.read_tokens(answer, requires_id_token=False)

    def revoke(self, metadata: ProviderMetadata, client: Client, token: str) -> None:
        """Have a token end, and what was given by it, where the provider has an endpoint for it."""
        if metadata.revocation_endpoint:
            request = tokens.revocation_request(metadata, client, token)
            self._post(metadata.revocation_endpoint, request)

    def verify_id_token(self, metadata: ProviderMetadata, id_token: str) -> Document:
        """What an ID token says, by the provider's keys."""
        return self._verify(metadata, id_token, types=None)

    def verify_logout_token(self, metadata: ProviderMetadata, token: str) -> Document:
        """Likewise a logout token, which must not be of another type."""
        return self._verify(metadata, token, types=TOKEN_TYPES)

    def _verify(
        self, metadata: ProviderMetadata, token: str, *, types: Container[object] | None
    ) -> Document:
        """What a token says; newer keys are looked for at most once."""
        url = metadata.jwks_uri
        algorithm = Algorithm(self._configuration.signing_algorithm)
        document = cache.get_or_set(
            _NAMESPACE, self._key(url), lambda: self._fetch_keys(url), ttl=_KEPT_SECONDS
        )

        def verified(keys: bytes) -> Document:
            return signatures.verified_claims(
                token, signatures.read_keys(keys), algorithm, types=types
            )

        try:
            return verified(document)
        except OidcError as refusal:
            newer = self._newer_keys(url) if refusal.rule in _NEWER_KEYS_MAY_HELP else None
            if newer is None or newer == document:
                raise
        return verified(newer)

    def _newer_keys(self, url: str) -> bytes | None:
        """The keys of this moment; those that somebody else has just looked for, if any."""
        if not self._may_refetch():
            kept: bytes | None = cache.get(_NAMESPACE, self._key(url))
            return kept
        newer = self._fetch_keys(url)
        cache.set(_NAMESPACE, self._key(url), newer, ttl=_KEPT_SECONDS)
        return newer

    def fetch_userinfo(
        self, metadata: ProviderMetadata, access_token: str, subject: str
    ) -> Document:
        """The claims beside the ID token; none where it has no endpoint for them."""
        if not metadata.userinfo_endpoint:
            return {}
        bearer = {"Authorization": f"Bearer {access_token}"}
        url = metadata.userinfo_endpoint
        document = self._get(url, userinfo.MAX_BYTES, Rule.USERINFO, headers=bearer)
        return userinfo.read_userinfo(document, subject)

    def _fetch_discovery(self, url: str) -> bytes:
        document = self._get(url, discovery.MAX_BYTES, Rule.DISCOVERY)
        self._read_discovery(document)  # only good ones are kept
        return document

    def _read_discovery(self, document: bytes) -> ProviderMetadata:
        return discovery.read_discovery(document, self._configuration.issuer)

    def _fetch_keys(self, url: str) -> bytes:
        document = self._get(url, signatures.MAX_KEYS_BYTES, Rule.KEYS)
        signatures.read_keys(document)  # likewise
        return document

    def _post(self, url: str, request: TokenRequest) -> bytes:
        content = Content(urlencode(request.form).encode(), {**_FORM, **request.headers})
        try:
            return self._request(url, tokens.MAX_BYTES, content=content)
        except AnsweredOtherwise as answer:
            if answer.status >= _SERVER_ERRORS:
                raise _unreachable(url, answer) from None
            raise tokens.token_error(answer.status, answer.document) from None
        except FetchFailed as failure:
            raise _unreachable(url, failure) from failure

    def _get(self, url: str, max_bytes: int, rule: Rule, **how: Any) -> bytes:
        try:
            return self._request(url, max_bytes, **how)
        except AnsweredOtherwise as answer:
            if not _CLIENT_ERRORS <= answer.status < _SERVER_ERRORS:
                raise _unreachable(url, answer) from None
            wrong = f"{url} answered {answer.status}: trying again does not help. Check the issuer."
            raise OidcError(rule, wrong) from None
        except TooLarge as failure:
            raise OidcError(rule, f"{url}: {failure.detail}") from None
        except FetchFailed as failure:
            raise _unreachable(url, failure) from failure

    def _request(self, url: str, max_bytes: int, **how: Any) -> bytes:
        seconds = min(_SECONDS, self._end - time.monotonic())
        if seconds <= 0:
            raise OidcError(Rule.UNREACHABLE, f"All answers took over {_SECONDS_IN_ALL:g} seconds.")
        return fetching.fetch(url, max_bytes=max_bytes, seconds=seconds, **how)

    def _key(self, url: str) -> str:
        digest = hashlib.sha256(url.encode()).hexdigest()
        return f"{self._configuration.pk} {self._configuration.revision} {digest}"

    def _may_refetch(self) -> bool:
        """Whether nobody has looked for newer keys of this provider a moment ago."""
        try:
            return ledger.add(_REFETCHES, str(self._configuration.pk), 1, ttl=REFETCHED_EVERY)
        except CacheUnavailable:
            return False  # what was looked at just now was not kept, and is the newest


def _unreachable(url: str, failure: FetchFailed) -> OidcError:
    return OidcError(Rule.UNREACHABLE, f"{url}: {failure.detail}")
