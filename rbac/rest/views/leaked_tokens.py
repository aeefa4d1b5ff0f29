"""Ending a token by showing it, for whoever finds one (RFC 7009, without a client)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from rest_framework.exceptions import Throttled
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from iac_platform.gateway.actions import allow
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac import tokens as token_form
from rbac.attempts import WINDOW_SECONDS, may_show_leaks
from rbac.errors import InvalidToken
from rbac.models import ApiToken
from rbac.permissions import DELETE_TOKEN
from rbac.rest.token_shapes import LeakedTokenInput
from rbac.services.tokens import revoke_leaked_token
from tenants.context import tenant_scope
from tenants.errors import TenantMismatch, TenantMoving
from tenants.models import PlacementStatus
from tenants.selectors import tenant_by_id

if TYPE_CHECKING:
    from rest_framework.request import Request

    from iac_platform.gateway.credentials import Credential
    from tenants.models import Tenant

_RESPONSES = {"operation_id": "tokens_revoke", "responses": {204: None}}


class LeakedTokenViewSet(ResourceViewSet[ApiToken]):
    """Ending a token by showing it, for whoever finds one (RFC 7009, without a client)."""

    model = ApiToken
    authentication_classes = ()
    permission_classes = (AllowAny,)  # the token itself stands in for the permission

    @allow(DELETE_TOKEN, body=LeakedTokenInput, schema=_RESPONSES)
    def create(self, request: Request) -> Response:
        """Revoke a token that leaked, and all that were made through it.

        Needs no credentials, and answers the same whether or not the token was known.
        """
        parsed = token_form.parse(self.parse(LeakedTokenInput)["token"])
        if parsed is None:
            raise InvalidToken.at("token", "It is mistyped or cut off: its checksum does not fit.")
        _throttle(parsed, request)
        tenant = _issuer(parsed, request)
        if tenant is not None:
            with tenant_scope(tenant):
                revoke_leaked_token(parsed.digest)
        return Response(status=204)


def _issuer(parsed: Credential, request: Request) -> Tenant | None:
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


def _throttle(parsed: Credential, request: Request) -> None:
    """Count by address: nobody shall use up what others need to end a leak.

    And before anything is looked up, so that it tells nothing of which tenants there are.
    """
    if not may_show_leaks(parsed.tenant_id, request._request):  # noqa: SLF001  # likewise
        raise Throttled(wait=WINDOW_SECONDS)
