"""Asking an issuer for its keys, as identity providers are asked for theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sso.oidc.protocol import discovery
from sso.oidc.services.provider_client import PROVIDER_CALLS, ProviderClient
from tenants.context import current_tenant_id

if TYPE_CHECKING:
    from sso.oidc.protocol.discovery import ProviderMetadata
    from sso.oidc.protocol.documents import Document


class IssuerClient(ProviderClient):
    """An issuer of workload tokens, for the time of one exchange; it signs nobody on.

    Many jobs begin at once, and its keys are in the cache: only who really asks it takes a place.
    """

    def claims(self, token: str) -> Document:
        """What a token says, once its signature is verified.

        Raises:
            OidcError: the issuer cannot be asked, or a rule is broken.
            ProviderBusy: too many requests wait for issuers.
        """
        return self.verify_id_token(self.metadata(), token)

    def _read_discovery(self, document: bytes) -> ProviderMetadata:
        return discovery.read_keys_location(document, self._configuration.issuer)

    def _request(self, url: str, max_bytes: int, **how: Any) -> bytes:
        with PROVIDER_CALLS.taken(current_tenant_id()):
            return super()._request(url, max_bytes, **how)
