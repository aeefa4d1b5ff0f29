"""Tenants that trust a provider, and browsers at their hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from sso.oidc.services.configurations import create_oidc_configuration
from tenants.context import tenant_scope
from tests.api_client import host_of
from tests.conftest import ACTOR
from tests.sso.visitors import Visitor as AnyVisitor

if TYPE_CHECKING:
    from sso.oidc.models import OidcConfiguration
    from tenants.models import Tenant

COOKIE = "__Host-oidc"


def configure(tenant: Tenant, slug: str = "sso", **given: Any) -> OidcConfiguration:
    """Have a tenant trust a provider."""
    chosen = {"client_id": "platform", "client_secret": "only-for-tests", **given}
    with tenant_scope(tenant):
        return create_oidc_configuration(name=slug.title(), slug=slug, actor=ACTOR, **chosen)


def redirect_uri_of(tenant: Tenant, slug: str = "sso") -> str:
    """Where the provider sends browsers back."""
    return f"http://{host_of(tenant)}/sso/oidc/{slug}/callback/"


class Visitor(AnyVisitor):
    """A browser that signs on by OpenID Connect."""

    def begin(self, slug: str = "sso", **query: str) -> str:
        """Begin a sign-on; where the browser is sent."""
        answer = self.get(f"/sso/oidc/{slug}/login/", query)
        assert answer.status_code == 302, answer.content
        return str(answer["Location"])

    def come_back(self, url: str) -> Any:
        """Bring what the provider answered."""
        parts = urlsplit(url)
        return self.get(f"{parts.path}?{parts.query}")


def parameters_of(url: str) -> dict[str, str]:
    """The parameters of an address, each once."""
    return {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}
