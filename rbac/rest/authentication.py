"""Who is asking: bearer tokens on the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from iac_platform.cache.tables import reading_by_key
from iac_platform.gateway.client_address import client_address
from iac_platform.gateway.credentials import credential_of
from iac_platform.gateway.denials import REFUSED
from rbac.selectors import token_shown
from rbac.services.support import note_use as note_first_use
from rbac.services.tokens import note_use
from tenants.context import current_tenant_or_none

if TYPE_CHECKING:
    from typing import Any

    from rest_framework.request import Request

    from rbac.models import ApiToken, User

# The same for all reasons: a stolen token does not tell where it would work.
_REFUSED = (
    "The token is not valid here: it may be mistyped, expired, revoked or another tenant's. "
    "Create a new one and send it as Authorization: Bearer <token>."
)


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer <token>`` (RFC 6750), looked up in the tenant's scope."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's user; None when no bearer token is shown.

        Raises:
            AuthenticationFailed: a token is shown, and it is not valid here.
        """
        if not request.headers.get("Authorization", ""):
            return None
        inner = request._request  # noqa: SLF001  # DRF's request wraps Django's
        credential, tenant = credential_of(inner), current_tenant_or_none()
        if credential is None or tenant is None or credential.tenant_id != tenant.id:
            raise AuthenticationFailed(_REFUSED)
        with reading_by_key():
            token = token_shown(credential, getattr(inner, "shown", None))
        address = client_address(inner)
        if token is None or not token.limits.admit(address):
            raise AuthenticationFailed(_REFUSED, REFUSED)
        note_use(token, address)
        note_first_use(token.user)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  # DRF's signature
        """The challenge of a 401 (RFC 6750, section 3)."""
        return 'Bearer realm="iac-platform"'


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself by subclassing
    """How the OpenAPI document describes it."""

    target_class = TokenAuthentication
    name = "bearerToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002  # its signature
        """A bearer token of the form ``iac_…``."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "iac_<tenant>_<secret>"}
