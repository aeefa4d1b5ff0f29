"""A client of the REST API: a tenant's user with a token, or somebody without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.test import Client

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

    from rbac.models import User
    from tenants.models import Tenant

JSON = "application/json"


def host_of(tenant: Tenant) -> str:
    """The tenant's primary host name."""
    return f"{tenant.slug}.{settings.BASE_DOMAIN}"


class ApiClient(Client):
    """Django's test client that speaks JSON, to one tenant's host, with a bearer token.

    Attributes:
        tenant: whose host is addressed; None for the bare base domain.
        user: who the token acts as; None for an anonymous client.
        token: the bearer token; empty for an anonymous client.
    """

    def __init__(
        self,
        tenant: Tenant | None = None,
        *,
        user: User | None = None,
        token: str = "",
        host: str = "",
    ) -> None:
        self.tenant = tenant
        self.user = user
        self.token = token
        self.host = host or (host_of(tenant) if tenant else settings.BASE_DOMAIN)
        # Errors are answered as they would be in production, not raised into the test.
        super().__init__(raise_request_exception=False, HTTP_HOST=self.host)
        if token:
            self.defaults["HTTP_AUTHORIZATION"] = f"Bearer {token}"

    def at(self, host: str) -> ApiClient:
        """The same credentials shown at another host, for instance the bare one."""
        return ApiClient(self.tenant, user=self.user, token=self.token, host=host)

    def post(self, path: str, data: Any = None, content_type: str = JSON, **options: Any) -> Any:  # type: ignore[override]  # only defaults differ
        """POST ``data`` as JSON, unless another content type is given."""
        return super().post(path, {} if data is None else data, content_type, **options)

    def put(self, path: str, data: Any = "", content_type: str = JSON, **options: Any) -> Any:  # type: ignore[override]  # only defaults differ
        """PUT ``data`` as JSON, unless another content type is given."""
        return super().put(path, data, content_type, **options)

    def patch(self, path: str, data: Any = "", content_type: str = JSON, **options: Any) -> Any:  # type: ignore[override]  # only defaults differ
        """PATCH ``data`` as JSON, unless another content type is given."""
        return super().patch(path, data, content_type, **options)


def body(response: HttpResponseBase) -> bytes:
    """The whole body, whether or not it is streamed."""
    return bytes(response.getvalue())
