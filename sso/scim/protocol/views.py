"""``/scim/v2/``: who may come in, and the answer in SCIM's own form, errors included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.http import HttpResponse
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.views import APIView
from scim2_server.requests import ScimRequest

from iac_platform.gateway.client_address import client_address
from iac_platform.gateway.credentials import credential_of
from iac_platform.gateway.denials import REFUSED
from iac_platform.gateway.problems.document import BEARER_CHALLENGE
from iac_platform.gateway.problems.translation import problem_of
from rbac.services.tokens import note_use
from sso.federation.addresses import base_url
from sso.scim.protocol.application import refusal, respond
from sso.scim.selectors import token_shown
from sso.scim.services.clients import ScimClient
from tenants.context import current_tenant_or_none

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request
    from scim2_server.responses import ScimResponse

    from sso.scim.models import ScimToken

PREFIX = "/scim/v2"
_REFUSED = (
    "The SCIM token is not valid here: it may be mistyped, expired, revoked or another tenant's. "
    "API tokens open no SCIM."
)
_READ = ("Content-Type", "If-Match", "If-None-Match")


class ScimTokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer <token>`` with a SCIM token of the tenant."""

    def authenticate(self, request: Request) -> tuple[ScimClient, ScimToken]:
        """The client.

        Raises:
            AuthenticationFailed: no valid token is shown.
        """
        inner = request._request  # noqa: SLF001  # DRF's request wraps Django's
        credential, tenant = credential_of(inner), current_tenant_or_none()
        if credential is None or tenant is None or credential.tenant_id != tenant.id:
            raise AuthenticationFailed(_REFUSED)
        token, address = token_shown(credential), client_address(inner)
        if token is None or not token.limits.admit(address):
            raise AuthenticationFailed(_REFUSED, REFUSED)
        note_use(token, address)
        return ScimClient(token), token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  # DRF's signature
        """The challenge of a 401 (RFC 6750, section 3)."""
        return BEARER_CHALLENGE


class ScimView(APIView):
    """Every address of SCIM: what each does is the protocol's business."""

    authentication_classes = (ScimTokenAuthentication,)
    schema = None
    http_method_names = ("get", "post", "put", "patch", "delete")

    def serve(self, request: Request, path: str) -> HttpResponse:
        """Answer by the protocol."""
        inner = request._request  # noqa: SLF001  # as above
        client: Any = request.user  # as the authentication above returns it
        return _written(respond(_as_scim(inner, path), client))

    get = post = put = patch = delete = serve

    def perform_authentication(self, request: Request) -> None:
        """Authenticate and throttle: failures count against the address they come from."""
        try:
            super().perform_authentication(request)
        finally:
            super().check_throttles(request)

    def check_throttles(self, request: Request) -> None:
        """Nothing is left to do; see ``perform_authentication``."""

    def handle_exception(self, exc: Exception) -> Any:
        """Say it as SCIM does; what nobody foresaw is logged, and answered as everywhere."""
        response = super().handle_exception(exc)
        problem = problem_of(exc)
        if problem is None:
            return response
        answer = _written(refusal(problem.status, problem.detail or problem.title))
        for name in ("WWW-Authenticate", "Retry-After", "Allow"):
            if name in response.headers:
                answer.headers[name] = response.headers[name]
        return answer


def _as_scim(request: HttpRequest, path: str) -> ScimRequest:
    return ScimRequest(
        method=str(request.method),
        base_url=f"{base_url(request)}{PREFIX}",
        path=f"/{path}",
        query=request.GET.dict(),
        headers={name: request.headers[name] for name in _READ if name in request.headers},
        body=request.body,
    )


def _written(answer: ScimResponse) -> HttpResponse:
    body = b"" if answer.body is None else orjson.dumps(answer.body)
    response = HttpResponse(body, status=int(answer.status), headers=answer.headers)
    response.headers["Cache-Control"] = "no-store"
    return response
