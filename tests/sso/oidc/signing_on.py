"""Signing on at the provider of the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.sso.oidc.provider_at_hand import CLIENT_ID, CLIENT_SECRET
from tests.sso.oidc.visitors import configure

if TYPE_CHECKING:
    from sso.oidc.models import OidcConfiguration
    from tenants.models import Tenant
    from tests.sso.oidc.provider_at_hand import ProviderAtHand
    from tests.sso.oidc.visitors import Visitor


def trust(tenant: Tenant, provider: ProviderAtHand, **given: Any) -> OidcConfiguration:
    """Have a tenant trust the provider."""
    chosen = {
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        **given,
    }
    return configure(tenant, **chosen)


def signed_on(visitor: Visitor, provider: ProviderAtHand, slug: str = "sso", **query: str) -> Any:
    """Sign on from beginning to end; the answer to what the browser brings back."""
    return visitor.come_back(provider.authorize(visitor.begin(slug, **query)))
