"""Endpoints for people, roles and the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.http import Http404
from django.http.request import split_domain_port
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.filters import refuse_unknown_parameters
from iac_platform.gateway.serializers import parse
from iac_platform.gateway.viewsets import (
    Creating,
    Destroying,
    Listing,
    ResourceViewSet,
    Retrieving,
    Updating,
)
from rbac import permissions
from rbac.attempts import begin_attempt
from rbac.models import Invitation, Role, SupportAccess, User
from rbac.rest import serializers
from rbac.rest.filters import UserFilter
from rbac.rest.signed_in import SignedIn
from rbac.services import grants, roles, support, users
from rbac.services.admins import create_admin
from rbac.services.invitations import (
    accept_invitation,
    invitation_link,
    invite_admin,
    invite_user,
    revoke_invitation,
)
from tenants.models import Tenant
from tenants.permissions import CREATE_TENANT, VIEW_TENANT

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request


class MeViewSet(ResourceViewSet[User]):
    """Whoever is asking."""

    model = User
    action_permissions: ClassVar = {"show": permissions.VIEW_USER}
    # Who one is needs no right: not of those without a role, nor through a token for little.
    permission_classes = (SignedIn,)  # type: ignore[assignment]  # instead of the verb's
    output_serializer = serializers.MeOutput

    @extend_schema(operation_id="me_show", responses=serializers.MeOutput)
    def show(self, request: Request) -> Response:
        """The user of the token, their tenant, roles and permissions, and the token itself.

        It needs no permission: every valid token is told so.
        """
        refuse_unknown_parameters(request, self, of_a_list=False)
        # No ETag: the answer changes with the user's roles, whatever the user's revision.
        return Response(serializers.MeOutput(request.user, context={"request": request}).data)


class UserViewSet(Listing[User], Retrieving[User], Creating[User], Updating[User]):
    """The people of the tenant; users are deactivated, not deleted, as the audit names them."""

    model = User
    action_permissions: ClassVar = {
        "list": permissions.VIEW_USER,
        "retrieve": permissions.VIEW_USER,
        "create": permissions.CREATE_USER,
        "partial_update": permissions.UPDATE_USER,
        "grant": permissions.GRANT_ROLE,
        "revoke": permissions.GRANT_ROLE,
    }
    input_serializer = serializers.UserInput
    output_serializer = serializers.UserOutput
    filterset_class = UserFilter
    ordering_fields = ("username", "created_at")
    ordering_columns: ClassVar = {"username": "username_key"}
    requires_if_match = True

    def objects(self) -> QuerySet[User]:
        """Users with their roles."""
        users_with_roles: QuerySet[User] = User.objects.prefetch_related("role_grants__role")
        return users_with_roles

    def perform_create(self, data: dict[str, Any]) -> User:
        """Add the user."""
        return users.create_user(**data, actor=actor_of(self.request))

    @extend_schema(request=serializers.UserChange)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a user; deactivating one ends all their access."""
        del args, kwargs
        user = self.get_object_to_change()
        changes = parse(serializers.UserChange, request)
        users.update_user(user, actor=actor_of(request), changes=changes, revision=user.revision)
        return self.present(self.objects().get(pk=user.pk))

    @extend_schema(request=serializers.RoleGrantInput, responses=serializers.UserOutput)
    @action(detail=True, methods=["post"], url_path="roles")
    def grant(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # the router's signature
        """Grant a role; none that allows more than you may do yourself."""
        user = self.get_object()
        wanted = parse(serializers.RoleGrantInput, request)
        grants.grant_role(user, roles.find_role(wanted["role"]), actor=actor_of(request))
        return self.present(self.objects().get(pk=user.pk))

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["delete"], url_path="roles/(?P<role>[a-z0-9-]{1,60})")
    def revoke(self, request: Request, pk: str, role: str) -> Response:  # noqa: ARG002  # the router's signature
        """Take a role away; the user's next request is answered without it."""
        user = self.get_object()
        grants.revoke_role(user, get_object_or_404(Role, key=role), actor=actor_of(request))
        return Response(status=204)


class SupportAccessViewSet(
    Listing[SupportAccess], Retrieving[SupportAccess], Destroying[SupportAccess]
):
    """When the operator's staff were let into the tenant, by whom and why; newest first."""

    model = SupportAccess
    action_permissions: ClassVar = {
        "list": permissions.VIEW_SUPPORT_ACCESS,
        "retrieve": permissions.VIEW_SUPPORT_ACCESS,
        "destroy": permissions.DELETE_SUPPORT_ACCESS,
    }
    output_serializer = serializers.SupportAccessOutput

    def objects(self) -> QuerySet[SupportAccess]:
        """Accesses with the user that acts under each."""
        return SupportAccess.objects.select_related("user")

    def perform_destroy(self, obj: SupportAccess) -> None:
        """End the access at once; it stays on record."""
        support.revoke_support_access(obj, actor=actor_of(self.request))


class TenantAdminViewSet(ResourceViewSet[Tenant]):
    """The first admin of a tenant, added by the operator."""

    model = Tenant
    action_permissions: ClassVar = {"retrieve": VIEW_TENANT, "create": CREATE_TENANT}
    input_serializer = serializers.AdminInput
    output_serializer = serializers.NewAdminOutput
    unreplayable = frozenset({"create"})

    def objects(self) -> QuerySet[Tenant]:
        """Tenants with their placement, in which the work is done."""
        return Tenant.objects.select_related("placement")

    @extend_schema(
        operation_id="tenants_admins_create", responses={201: serializers.NewAdminOutput}
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Add an admin to the tenant, with a password that is shown once."""
        del args, kwargs
        user, password = create_admin(
            self.get_object(), actor=actor_of(request), **self.parse_input()
        )
        shown = {"id": str(user.pk), "username": user.username, "password": password}
        return Response(shown, status=201, headers={"Cache-Control": "no-store"})


def _port_of(request: Request) -> str:
    """The port that the operator's own address has; tenants are served there as well."""
    _, port = split_domain_port(request.get_host())
    return str(port)


class TenantInvitationViewSet(ResourceViewSet[Tenant]):
    """The invitation of a tenant's first admin, made by the operator."""

    model = Tenant
    action_permissions: ClassVar = {"retrieve": VIEW_TENANT, "create": CREATE_TENANT}
    input_serializer = serializers.InvitationInput
    output_serializer = serializers.NewInvitationOutput
    unreplayable = frozenset({"create"})

    def objects(self) -> QuerySet[Tenant]:
        """Tenants with their placement, in which the work is done."""
        return Tenant.objects.select_related("placement")

    @extend_schema(
        operation_id="tenants_invitation_create",
        responses={201: serializers.NewInvitationOutput},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Invite the first admin, by a link that is shown once; an earlier one is void."""
        del args, kwargs
        tenant = self.get_object()
        invitation, token = invite_admin(tenant, actor=actor_of(request), **self.parse_input())
        shown = {
            "email": invitation.email,
            "expires_at": invitation.expires_at,
            "token": token,
            "link": invitation_link(
                tenant, token, scheme=str(request.scheme), port=_port_of(request)
            ),
        }
        data = serializers.NewInvitationOutput(shown).data
        return Response(data, status=201, headers={"Cache-Control": "no-store"})


class InvitationViewSet(
    Listing[Invitation], Retrieving[Invitation], Creating[Invitation], Destroying[Invitation]
):
    """Invitations of further people, by whoever may add users; newest first."""

    model = Invitation
    action_permissions: ClassVar = {
        "list": permissions.CREATE_USER,
        "retrieve": permissions.CREATE_USER,
        "create": permissions.CREATE_USER,
        "destroy": permissions.CREATE_USER,
    }
    input_serializer = serializers.UserInvitationInput
    output_serializer = serializers.InvitationOutput
    unreplayable = frozenset({"create"})

    def objects(self) -> QuerySet[Invitation]:
        """Invitations with the names of those who made them."""
        return Invitation.objects.select_related("invited_by")

    @extend_schema(responses={201: serializers.NewUserInvitationOutput})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Invite somebody by a link that is shown once; an earlier one to the address is void."""
        del args, kwargs
        invitation, token = invite_user(actor=cast("User", request.user), **self.parse_input())
        tenant = request._request.tenant  # type: ignore[attr-defined]  # noqa: SLF001  # the middleware's
        link = invitation_link(tenant, token, scheme=str(request.scheme), port=_port_of(request))
        shown = {**serializers.InvitationOutput(invitation).data, "token": token, "link": link}
        location = reverse("invitation-detail", args=[invitation.pk])
        headers = {"Location": location, "Cache-Control": "no-store"}
        return Response(shown, status=201, headers=headers)

    def perform_destroy(self, obj: Invitation) -> None:
        """Make the invitation void."""
        revoke_invitation(obj, actor=actor_of(self.request))


class AcceptanceViewSet(ResourceViewSet[Invitation]):
    """Accepting an invitation, at the host of the tenant that invites."""

    model = Invitation
    # The invitation's token stands in for this permission: nobody can have it yet.
    action_permissions: ClassVar = {"create": permissions.CREATE_USER}
    permission_classes = (AllowAny,)  # type: ignore[assignment]  # the one that is open
    input_serializer = serializers.AcceptanceInput
    output_serializer = serializers.AcceptanceOutput
    unreplayable = frozenset({"create"})

    @extend_schema(operation_id="invitations_accept", responses={201: serializers.AcceptanceOutput})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Become a user of the tenant; with the first admin's invitation, it opens."""
        del args, kwargs
        if getattr(request._request, "tenant", None) is None:  # noqa: SLF001  # DRF has no public name for it
            raise Http404
        attempt = begin_attempt("invitation", request._request)  # noqa: SLF001  # likewise
        with attempt.being_made():
            user = accept_invitation(**self.parse_input())
        attempt.take_back()
        shown = {"id": str(user.pk), "username": user.username}
        return Response(shown, status=201, headers={"Cache-Control": "no-store"})
