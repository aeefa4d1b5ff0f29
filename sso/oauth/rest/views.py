"""OAuth's token endpoint: no credentials stand in a header, the form itself proves enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import FormParser
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from iac_platform.gateway.bodies import refuse_large_anonymous_body
from iac_platform.gateway.client_address import client_address
from iac_platform.gateway.problems.translation import problem_of
from rbac.attempts import begin_attempt
from rbac.errors import InvalidToken
from sso.federation.addresses import base_url
from sso.oauth.errors import OAuthError, OAuthErrorCode
from sso.oauth.models import MAX_CLIENT_NAME
from sso.oauth.rest.forms import MAX_SUBJECT_TOKEN, OAuthForm
from sso.oauth.rest.serializers import (
    ACCESS_TOKEN_TYPE,
    DEVICE_CODE,
    SUBJECT_TOKEN_TYPES,
    TOKEN_EXCHANGE,
    DeviceAuthorizationResponse,
    OAuthDevice,
    OAuthErrorResponse,
    OAuthToken,
    TokenResponse,
)
from sso.oauth.services.devices import (
    LIFETIME,
    StartedDevice,
    redeem_device_code,
    start_device,
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

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Bound the body before it is read: nobody shows credentials here."""
        super().initial(request, *args, **kwargs)
        refuse_large_anonymous_body(request._request, None)  # noqa: SLF001  # DRF has no public name for it

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
        request={_FORM: OAuthToken},
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


class DeviceAuthorizationView(OAuthView):
    """Devices that ask for a token."""

    @extend_schema(
        operation_id="oauth_device_authorization",
        summary="Sign a device in by OAuth",
        tags=["oauth"],
        request={_FORM: OAuthDevice},
        responses={200: DeviceAuthorizationResponse, 400: OAuthErrorResponse},
    )
    def post(self, request: Request) -> Response:
        """Ask for a token that somebody approves in a browser, then poll the token endpoint.

        Send it to the tenant's own host, as a form and without an Authorization header.
        """
        inner: HttpRequest = request._request  # noqa: SLF001  # DRF has no public name for it
        require_tenant()
        form = OAuthForm(request)
        client_name = form.text("client_id", most=MAX_CLIENT_NAME)
        scopes = form.scopes()
        begin_attempt("device-authorization", inner)
        try:
            started = start_device(
                client_name=client_name, scopes=scopes, address=client_address(inner)
            )
        except InvalidToken as refusal:
            raise OAuthError(OAuthErrorCode.INVALID_SCOPE, refusal.detail) from refusal
        return Response(_device_answer(started, base_url(inner)), headers=_NO_STORE)


def _device_answer(started: StartedDevice, base: str) -> dict[str, Any]:
    uri = f"{base}{reverse('device')}"
    return {
        "device_code": started.device_code,
        "user_code": started.user_code,
        "verification_uri": uri,
        "verification_uri_complete": f"{uri}?{urlencode({'user_code': started.user_code})}",
        "expires_in": int(LIFETIME.total_seconds()),
        "interval": started.authorization.poll_seconds,
    }


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


def _redeem(form: OAuthForm, request: HttpRequest) -> dict[str, Any]:
    """The token of a device that somebody has approved (RFC 8628, section 3.4)."""
    device_code = form.text("device_code")
    client_name = form.text("client_id", most=MAX_CLIENT_NAME)
    attempt = begin_attempt("device-poll", request)
    redeemed = redeem_device_code(device_code, client_name=client_name)
    if redeemed != OAuthErrorCode.INVALID_GRANT:  # else it was guessed
        attempt.succeed()
    if isinstance(redeemed, OAuthErrorCode):
        raise OAuthError(redeemed, _REASONS[redeemed])
    return issued(*redeemed)


_REASONS: Final = {
    OAuthErrorCode.INVALID_GRANT: "The device code is unknown, or was used.",
    OAuthErrorCode.EXPIRED_TOKEN: "The device code has expired. Start again.",
    OAuthErrorCode.AUTHORIZATION_PENDING: "Nobody has approved the device yet.",
    OAuthErrorCode.SLOW_DOWN: "Wait 5 seconds longer between two polls than before.",
    OAuthErrorCode.ACCESS_DENIED: "The device was denied, or whoever approved it has signed out.",
}

_GRANTS: Final[dict[str, Callable[[OAuthForm, HttpRequest], dict[str, Any]]]] = {
    TOKEN_EXCHANGE: _exchange,
    DEVICE_CODE: _redeem,
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
