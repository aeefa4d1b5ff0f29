"""The redirection endpoint: where browsers bring what providers say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from rbac.attempts import begin_attempt
from sso.federation.addresses import base_url
from sso.federation.responses import ResponseFlow
from sso.oidc import selectors
from sso.oidc.models.sign_on import MAX_SUBJECT
from sso.oidc.pages.browsers import COOKIE
from sso.oidc.pages.protocol import OIDC
from sso.oidc.protocol.algorithms import Algorithm
from sso.oidc.protocol.documents import optional_text
from sso.oidc.protocol.id_tokens import Expected, check_claims
from sso.oidc.protocol.requests import AuthorizationRequest
from sso.oidc.protocol.responses import authorization_code, read_parameters
from sso.oidc.protocol.rules import OidcError, Rule
from sso.oidc.protocol.userinfo import attributes_of
from sso.oidc.services.provider_client import PROVIDER_CALLS, ProviderClient
from sso.oidc.services.session_tokens import SessionTokens
from sso.oidc.sign_ons import redaction
from sso.oidc.sign_ons.identities import external_identity
from sso.oidc.sign_ons.requests import take_request
from sso.oidc.sign_ons.sessions import ProviderSession, begin_session
from sso.provisioning.selectors import mapping_of
from tenants.context import current_tenant_id

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from django.http import HttpRequest, HttpResponse

    from rbac.attempts import Attempt
    from rbac.models import User
    from sso.oidc.models import OidcConfiguration, OidcRequest
    from sso.oidc.protocol.documents import Document
    from sso.oidc.protocol.tokens import Tokens
    from sso.provisioning.external import ExternalIdentity

CALLBACK_ATTEMPTS = "oidc-response"
"""What responses of browsers that began a sign-on here are counted as."""


class _Callback(ResponseFlow):
    """An authorization response, and the tokens that its code is worth."""

    protocol = OIDC
    configuration: OidcConfiguration
    pending: OidcRequest

    def __init__(self, request: HttpRequest, slug: str) -> None:
        super().__init__(request, slug)
        self._parameters: dict[str, str] = {}
        self._claims: Document = {}
        self._userinfo: Document = {}

    def count_attempt(self) -> Attempt:
        """A browser without our cookie is refused first, and not counted."""
        if not COOKIE.secret_of(self.request):
            raise OIDC.unsolicited("The browser has no cookie of a sign-on that it began.")
        return begin_attempt(CALLBACK_ATTEMPTS, self.request)

    def turn(self) -> AbstractContextManager[None]:
        """The provider is waited for."""
        return PROVIDER_CALLS.taken(current_tenant_id())

    def take_request(self) -> OidcRequest:
        """By the state."""
        self._parameters = read_parameters(dict(self.request.GET.lists()))
        secret, state = COOKIE.secret_of(self.request), self._parameters.get("state", "")
        return take_request(self.configuration, secret=secret, state=state)

    def verify(self) -> ExternalIdentity:
        """Exchange the code for tokens, and check what they say."""
        provider = ProviderClient(self.configuration)
        metadata = provider.metadata()
        code = authorization_code(self._parameters, metadata)
        own = AuthorizationRequest.derive(COOKIE.secret_of(self.request), self._parameters["state"])
        client = selectors.client(self.configuration, base_url(self.request))
        tokens = provider.exchange_code(
            metadata, client, code=code, code_verifier=own.code_verifier
        )
        self._claims = provider.verify_id_token(metadata, tokens.id_token)
        expected = self._expected(own.nonce, tokens.access_token)
        self.subject = check_claims(self._claims, expected)
        self._userinfo = provider.fetch_userinfo(metadata, tokens.access_token, self.subject)
        self._given = self._provider_session(tokens, own.nonce)
        attributes = attributes_of(self._claims, self._userinfo)
        return external_identity(self.configuration, self.subject, attributes)

    def _provider_session(self, tokens: Tokens, nonce: str) -> ProviderSession:
        sid = optional_text(self._claims, "sid", Rule.ID_TOKEN)
        if len(sid) > MAX_SUBJECT:
            raise OidcError(Rule.ID_TOKEN, f"sid has over {MAX_SUBJECT} characters.")
        kept = SessionTokens(tokens.id_token, tokens.access_token, tokens.refresh_token, nonce)
        return ProviderSession(self.subject, sid, kept, tokens.expires_in)

    def _expected(self, nonce: str, access_token: str) -> Expected:
        return Expected(
            issuer=self.configuration.issuer,
            client_id=self.configuration.client_id,
            nonce=nonce,
            access_token=access_token,
            algorithm=Algorithm(self.configuration.signing_algorithm),
            requested_at=self.pending.created_at,
            now=timezone.now(),
            hosted_domain=self.configuration.hosted_domain,
            requires_fresh_login=self.pending.linked_in is not None,
        )

    def document(self) -> str:
        """The claims, once they were verified."""
        if not self._claims:
            return ""
        names = mapping_of(self.provider).attribute_names
        return redaction.redact(self._claims, self._userinfo, names)

    def next_page(self) -> str:
        """As it was kept with the request."""
        return self.pending.next_page

    def begin_session(self, user: User) -> None:
        """With what the provider calls it."""
        begin_session(self.request, user, self.configuration, self._given)


def finish(request: HttpRequest, slug: str) -> HttpResponse:
    """Sign in whom the provider has signed on, or say that it was refused."""
    return _Callback(request, slug).handle()
