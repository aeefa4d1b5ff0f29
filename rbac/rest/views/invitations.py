"""Endpoints of invitations: making them, and accepting one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.urls import reverse
from rest_framework.permissions import AllowAny

from iac_platform.gateway.actions import Options, allow, creates, deletes, reads
from iac_platform.gateway.serializers import present_once
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac.attempts import begin_attempt
from rbac.models import Invitation
from rbac.permissions import CREATE_USER
from rbac.rest import serializers
from rbac.rest.links import link_for
from rbac.services.invitations import accept_invitation, invite_user, revoke_invitation
from tenants.context import current_tenant

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response


def _show_link(view: ResourceViewSet[Invitation], made: tuple[Invitation, str]) -> Response:
    invitation, token = made
    link = link_for(current_tenant(), token, view.request)
    shown = {**serializers.InvitationOutput(invitation).data, "token": token, "link": link}
    return present_once(shown, 201, location=reverse("invitation-detail", args=[invitation.pk]))


_INVITE: Options = {
    "show": _show_link,
    "output": serializers.NewUserInvitationOutput,
    "summary": "Invite somebody by a link that is shown once; an earlier one to them is void.",
}
_ACCEPT: Options = {
    "output": serializers.AcceptanceOutput,
    "schema": {"operation_id": "invitations_accept"},
}


class InvitationViewSet(ResourceViewSet[Invitation]):
    """Invitations of further people, by whoever may add users; newest first."""

    queryset = Invitation.objects.select_related("invited_by")
    output_serializer = serializers.InvitationOutput
    list, retrieve = reads(CREATE_USER)
    create = creates(CREATE_USER, invite_user, serializers.UserInvitationInput, **_INVITE)
    destroy = deletes(CREATE_USER, revoke_invitation)


class AcceptanceViewSet(ResourceViewSet[Invitation]):
    """Accepting an invitation, at the host of the tenant that invites."""

    model = Invitation
    permission_classes = (AllowAny,)  # the invitation's token stands in for the permission

    @allow(CREATE_USER, body=serializers.AcceptanceInput, **_ACCEPT)
    def create(self, request: Request) -> Response:
        """Become a user of the tenant; with the first admin's invitation, it opens."""
        if getattr(request._request, "tenant", None) is None:  # noqa: SLF001  # DRF has no public name for it
            raise Http404
        attempt = begin_attempt("invitation", request._request)  # noqa: SLF001  # likewise
        with attempt.being_made():
            user = accept_invitation(**self.parse(serializers.AcceptanceInput))
        attempt.take_back()
        return present_once({"id": str(user.pk), "username": user.username}, 201)
