"""Endpoints about whoever asks, which need no permission."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.response import Response

from iac_platform.gateway.actions import allow
from iac_platform.gateway.serializers import present_once
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac.actors import user_of
from rbac.answers.explanations import holdings_of
from rbac.models import User
from rbac.permissions import VIEW_USER
from rbac.rest.access_serializers import HoldingsOutput, serialize_holdings
from rbac.rest.serializers import MeOutput
from rbac.rest.signed_in import SignedIn

if TYPE_CHECKING:
    from rest_framework.request import Request


class MeViewSet(ResourceViewSet[User]):
    """Whoever is asking."""

    model = User
    permission_classes = (SignedIn,)  # also for those without a role, or with a token for little
    output_serializer = MeOutput

    @allow(VIEW_USER, schema={"operation_id": "me_show"})
    def show(self, request: Request) -> Response:
        """The user of the token, their tenant, roles and permissions, and the token itself.

        It needs no permission: every valid token is answered.
        """
        # No ETag: the answer changes with the user's roles, whatever the user's revision.
        return Response(MeOutput(request.user, context={"request": request}).data)


class MyPermissionsViewSet(ResourceViewSet[User]):
    """What whoever asks may do, and where they have it from."""

    model = User
    permission_classes = (SignedIn,)  # those who hold nothing are told so

    @allow(VIEW_USER, output=HoldingsOutput, schema={"operation_id": "me_permissions_show"})
    def show(self, request: Request) -> Response:
        """Every permission that you hold now, each with all the ways in which you hold it."""
        shown = serialize_holdings(holdings_of(user_of(request)))
        return present_once(HoldingsOutput(shown).data)
