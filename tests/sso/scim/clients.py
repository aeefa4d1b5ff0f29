"""An identity provider that manages the users of a tenant by SCIM."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.test import Client

from sso.saml.models import SamlConfiguration
from sso.scim.services.tokens import create_scim_token
from tenants.context import tenant_scope
from tests.api_client import host_of
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from sso.scim.models import ScimToken
    from tenants.models import Tenant

SCIM = "application/scim+json"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class ScimClient(Client):
    """What Okta or Entra ID sends, to one tenant's host."""

    def __init__(self, tenant: Tenant, secret: str) -> None:
        super().__init__(raise_request_exception=False, HTTP_HOST=host_of(tenant))
        self.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """A request; ``body`` as JSON."""
        return self.generic(
            method,
            f"/scim/v2{path}",
            b"" if body is None else _json(body),
            content_type=SCIM,
            **options,
        )

    def add(self, user_name: str = "ada@example.com", **more: Any) -> Any:
        """Create a user; the answer."""
        return self.send("POST", "/Users", user(user_name, **more))

    def patch_with(self, path: str, *operations: Any, **options: Any) -> Any:
        """Send operations of PATCH."""
        body = {"schemas": [PATCH], "Operations": list(operations)}
        return self.send("PATCH", path, body, **options)

    def add_group(self, name: str, *members: str, **more: Any) -> Any:
        """Create a group; the answer."""
        listed = [{"value": each} for each in members]
        body = {"schemas": [GROUP], "displayName": name, "members": listed, **more}
        return self.send("POST", "/Groups", body)


def _json(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def user(user_name: str = "ada@example.com", **more: Any) -> dict[str, Any]:
    """A user as a provider describes one."""
    return {
        "schemas": [USER],
        "userName": user_name,
        "name": {"givenName": "Ada", "familyName": "Byron"},
        "emails": [{"primary": True, "value": user_name, "type": "work"}],
        "active": True,
        **more,
    }


def provider_of(tenant: Tenant, slug: str = "okta") -> SamlConfiguration:
    """A provider by which people sign on."""
    with tenant_scope(tenant):
        found, _ = SamlConfiguration.objects.get_or_create(
            slug=slug, defaults={"name": slug.capitalize(), "name_key": slug}
        )
    return found


def scim_token(tenant: Tenant, slug: str = "okta", **given: Any) -> tuple[ScimToken, str]:
    """A token of a provider."""
    provider = provider_of(tenant, slug)
    with tenant_scope(tenant):
        return create_scim_token(
            name=slug, provider_kind="saml", provider_id=provider.pk, actor=ACTOR, **given
        )


def scim_client(tenant: Tenant, slug: str = "okta") -> ScimClient:
    """A client with a token of a provider."""
    return ScimClient(tenant, scim_token(tenant, slug)[1])
