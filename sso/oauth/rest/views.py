"""OAuth's token endpoint: no credentials stand in a header, the form itself proves enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import FormParser
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from iac_platform.gateway.client_address import client_address
from iac_platform.gateway.problems.translation import problem_of
from rbac.attempts import begin_attempt
from sso.oauth.errors import OAuthError, OAuthErrorCode
from sso.oauth.rest.forms import MAX_SUBJECT_TOKEN, OAuthForm
from sso.oauth.rest.serializers import (
    ACCESS_TOKEN_TYPE,
    SUBJECT_TOKEN_TYPES,
    TOKEN_EXCHANGE,
    OAuthErrorResponse,
    TokenRequest,
    TokenResponse,
)
from tenants.context import current_tenant_or_none

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest
    from rest_framework.request import Request

    from rbac.models import ApiToken

_FORM: Final = "application/x-www-form-urlencoded"
_NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
# What another status than 400 means; a client may try again later.
_TEMPORARY: Final = (429, 503)


class OAuthView(APIView):
    """An endpoint that speaks OAuth's form: forms in, and errors as RFC 6749 has them."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (FormParser,)

    def handle_exception(self, exc: Exception) -> Response:
        """An error in OAuth's form; what nobody foresaw is a problem as everywhere."""
        if isinstance(exc, OAuthError):
            return _refusal(exc.code, exc.description)
        problem = problem_of(exc)
        if problem is None:
            return super().handle_exception(exc)
        is_temporary = problem.status in _TEMPORARY
        code = (
            OAuthErrorCode.TEMPORARILY_UNAVAILABLE
            if is_temporary
            else OAuthErrorCode.INVALID_REQUEST
        )
        description = problem.detail or problem.title
        return _refusal(code, description, problem.status, problem.headers)


class TokenView(OAuthView):
    """Tokens for workloads and devices."""

    @extend_schema(
        operation_id="oauth_token",
        summary="Get a token by OAuth",
        tags=["oauth"],
        request={_FORM: TokenRequest},
        responses={200: TokenResponse, 400: OAuthErrorResponse},
    )
    def post(self, request: Request) -> Response:
        """Exchange a workload's token, or a device's code, for one of the platform.

        Send it to the tenant's own host, as a form and without an Authorization header.
        """
        inner: HttpRequest = request._request  # noqa: SLF001  # DRF has no public name for it
        require_tenant()
        form = OAuthForm(request)
        grant = _GRANTS.get(form.text("grant_type"))
        if grant is None:
            raise OAuthError(
                OAuthErrorCode.UNSUPPORTED_GRANT_TYPE,
                f"Use one of {', '.join(_GRANTS)}.",
            )
        return Response(grant(form, inner), headers=_NO_STORE)


def require_tenant() -> None:
    """Refuse what comes to a host that is no tenant's.

    Raises:
        OAuthError: it does.
    """
    if current_tenant_or_none() is None:
        raise OAuthError(OAuthErrorCode.INVALID_REQUEST, "Send it to the tenant's own host.")


def _exchange(form: OAuthForm, request: HttpRequest) -> dict[str, Any]:
    """A workload's token for one of the platform (RFC 8693, section 2)."""
    from sso.workload_identity.services.exchange import exchange_token  # noqa: PLC0415  # it loads joserfc

    _require_one_of(form, "subject_token_type", SUBJECT_TOKEN_TYPES)
    if form.optional("requested_token_type"):
        _require_one_of(form, "requested_token_type", (ACCESS_TOKEN_TYPE,))
    if form.optional("actor_token", most=MAX_SUBJECT_TOKEN):
        raise OAuthError(OAuthErrorCode.INVALID_REQUEST, "Nobody acts for a workload here.")
    identity_id = form.key("client_id")
    subject_token = form.text("subject_token", most=MAX_SUBJECT_TOKEN)
    scopes = form.scopes()
    attempt = begin_attempt("workload-token", request)
    token, secret = exchange_token(
        identity_id, subject_token, scopes=scopes, address=client_address(request)
    )
    attempt.succeed()
    return {**issued(token, secret), "issued_token_type": ACCESS_TOKEN_TYPE}


_GRANTS: Final[dict[str, Callable[[OAuthForm, HttpRequest], dict[str, Any]]]] = {
    TOKEN_EXCHANGE: _exchange,
}


def issued(token: ApiToken, secret: str) -> dict[str, Any]:
    """How a token is handed out (RFC 6749, section 5.1)."""
    answer: dict[str, Any] = {"access_token": secret, "token_type": "Bearer"}
    if token.expires_at is not None:
        answer["expires_in"] = int((token.expires_at - timezone.now()).total_seconds())
    if token.scopes:
        answer["scope"] = " ".join(token.scopes)
    return answer


def _require_one_of(form: OAuthForm, name: str, accepted: tuple[str, ...]) -> None:
    if form.text(name) not in accepted:
        raise OAuthError(OAuthErrorCode.INVALID_REQUEST, f"{name} must be {' or '.join(accepted)}.")


def _refusal(
    code: OAuthErrorCode,
    description: str,
    status: int = 400,
    headers: Mapping[str, str] | None = None,
) -> Response:
    body = {"error": code.value, "error_description": description}
    return Response(body, status, headers={**_NO_STORE, **(headers or {})})
