"""The operator's endpoints for the first admin of a tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iac_platform.gateway.actions import Options, allow, runs
from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.serializers import present_once
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac.rest.links import link_for
from rbac.rest.serializers import (
    AdminInput,
    InvitationInput,
    NewAdminOutput,
    NewInvitationOutput,
)
from rbac.services.admins import create_admin
from rbac.services.invitations import invite_admin
from tenants.models import Tenant
from tenants.permissions import CREATE_TENANT

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response

    from rbac.models import Invitation, User


def _show_admin(_: object, made: tuple[User, str]) -> Response:
    user, password = made
    shown = {"id": str(user.pk), "username": user.username, "password": password}
    return present_once(shown, 201)


_ADD: Options = {
    "show": _show_admin,
    "output": NewAdminOutput,
    "summary": "Add an admin to the tenant, with a password that is shown once.",
}


class TenantAdminViewSet(ResourceViewSet[Tenant]):
    """The first admin of a tenant, added by the operator."""

    queryset = Tenant.objects.select_related("placement")
    create = runs(CREATE_TENANT, create_admin, AdminInput, **_ADD)


class TenantInvitationViewSet(ResourceViewSet[Tenant]):
    """The invitation of a tenant's first admin, made by the operator."""

    queryset = Tenant.objects.select_related("placement")

    @allow(CREATE_TENANT, body=InvitationInput, output=NewInvitationOutput)
    def create(self, request: Request) -> Response:
        """Invite the first admin, by a link that is shown once; an earlier one is void."""
        tenant = self.get_object()
        made = invite_admin(tenant, actor=actor_of(request), **self.parse(InvitationInput))
        shown = _described(*made, link=link_for(tenant, made[1], request))
        return present_once(NewInvitationOutput(shown).data, 201)


def _described(invitation: Invitation, token: str, *, link: str) -> dict[str, Any]:
    expires_at = invitation.expires_at
    return {"email": invitation.email, "expires_at": expires_at, "token": token, "link": link}
