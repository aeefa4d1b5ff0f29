"""Endpoints for API tokens: one's own, and those that leaked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import Throttled
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.serializers import parse
from iac_platform.gateway.viewsets import (
    Creating,
    Destroying,
    Listing,
    ResourceViewSet,
    Retrieving,
)
from rbac import permissions
from rbac import tokens as token_form
from rbac.attempts import WINDOW_SECONDS, may_show_leaks
from rbac.errors import InvalidToken
from rbac.models import ApiToken
from rbac.rest import token_shapes
from rbac.rest.filters import TokenFilter
from rbac.services import tokens
from tenants.context import tenant_scope
from tenants.errors import TenantMismatch, TenantMoving
from tenants.models import PlacementStatus
from tenants.selectors import tenant_by_id

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from rbac.models import User
    from tenants.models import Tenant


class TokenViewSet(
    Listing[ApiToken], Retrieving[ApiToken], Creating[ApiToken], Destroying[ApiToken]
):
    """API tokens; a new one's secret is shown once, and deleting revokes."""

    model = ApiToken
    action_permissions: ClassVar = {
        "list": permissions.VIEW_TOKEN,
        "retrieve": permissions.VIEW_TOKEN,
        "create": permissions.CREATE_TOKEN,
        "rotate": permissions.ROTATE_TOKEN,
        "destroy": permissions.DELETE_TOKEN,
    }
    input_serializer = token_shapes.TokenInput
    output_serializer = token_shapes.TokenOutput
    filterset_class = TokenFilter
    unreplayable = frozenset({"create", "rotate"})

    def objects(self) -> QuerySet[ApiToken]:
        """Tokens with the name of their user."""
        return ApiToken.objects.select_related("user")

    @extend_schema(responses={201: token_shapes.NewTokenOutput})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Create a token that acts as you. Its secret is in this answer and nowhere else."""
        del args, kwargs
        token, secret = tokens.create_token(
            cast("User", request.user), actor=actor_of(request), **self.parse_input()
        )
        return shown_once(token, secret)

    @extend_schema(request=token_shapes.RotationInput, responses={201: token_shapes.NewTokenOutput})
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # the router's signature
        """Replace a token of yours, or of a service account of which you hold all.

        Both work for a while. The new secret is in this answer and nowhere else.
        """
        token = self.get_object()
        grace_period = timedelta(
            seconds=parse(token_shapes.RotationInput, request)["grace_period_seconds"]
        )
        return shown_once(
            *tokens.rotate_token(token, actor=actor_of(request), grace_period=grace_period)
        )

    def perform_destroy(self, obj: ApiToken) -> None:
        """Revoke the token."""
        tokens.revoke_token(obj, actor=actor_of(self.request))


def shown_once(token: ApiToken, secret: str) -> Response:
    """A new token with its secret, which nobody on the way may keep."""
    location = reverse("token-detail", args=[token.pk])
    headers = {"Location": location, "Cache-Control": "no-store"}
    shown = {**token_shapes.TokenOutput(token).data, "token": secret}
    return Response(shown, status=201, headers=headers)


class LeakedTokenViewSet(ResourceViewSet[ApiToken]):
    """Ending a token by showing it, for whoever finds one (RFC 7009, without a client)."""

    model = ApiToken
    # The token itself stands in for this permission.
    action_permissions: ClassVar = {"create": permissions.DELETE_TOKEN}
    authentication_classes = ()
    permission_classes = (AllowAny,)  # type: ignore[assignment]  # open, as the token proves enough
    input_serializer = token_shapes.LeakedTokenInput

    @extend_schema(operation_id="tokens_revoke", responses={204: None})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Revoke a token that leaked, and all that were made through it.

        Needs no credentials, and answers the same whether or not the token was known.
        """
        del args, kwargs
        parsed = token_form.parse(self.parse_input()["token"])
        if parsed is None:
            raise InvalidToken.at("token", "It is mistyped or cut off: its checksum does not fit.")
        _require_patience(parsed, request)
        tenant = _issuer(parsed, request)
        if tenant is not None:
            with tenant_scope(tenant):
                tokens.revoke_leaked_token(parsed.digest)
        return Response(status=204)


def _issuer(parsed: token_form.ParsedToken, request: Request) -> Tenant | None:
    """The tenant that a token names; None if there is none.

    Raises:
        TenantMismatch: this is another tenant's host.
        TenantMoving: it takes no changes for the moment.
    """
    here: Tenant | None = getattr(request._request, "tenant", None)  # noqa: SLF001  # DRF has no public name for it
    if here is not None and here.id != parsed.tenant_id:
        raise TenantMismatch(
            "The token was issued by another tenant than this host's. "
            "Send it to the platform's own address."
        )
    tenant = here or tenant_by_id(parsed.tenant_id)
    if tenant is None or tenant.placement.status != PlacementStatus.READY:
        return None
    if tenant.writes_fenced_until is not None and tenant.writes_fenced_until > timezone.now():
        raise TenantMoving("The tenant is being moved. Repeat the request in some seconds.")
    return tenant


def _require_patience(parsed: token_form.ParsedToken, request: Request) -> None:
    """Count by address: nobody shall use up what others need to end a leak.

    And before anything is looked up, so that it tells nothing of which tenants there are.
    """
    if not may_show_leaks(parsed.tenant_id, request._request):  # noqa: SLF001  # likewise
        raise Throttled(wait=WINDOW_SECONDS)
