"""Endpoints of teams and their members."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema

from iac_platform.common.access import access_policy
from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.serializers import parse
from iac_platform.gateway.viewsets import Creating, Destroying, Listing, Retrieving, Updating
from rbac import permissions
from rbac.models import Team, User
from rbac.rest import role_serializers as serializers
from rbac.rest.references import visible_team, visible_user
from rbac.services import teams

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.response import Response


class TeamViewSet(
    Listing[Team], Retrieving[Team], Creating[Team], Updating[Team], Destroying[Team]
):
    """Teams: people who share roles. The members of a team's parts are its members too."""

    model = Team
    action_permissions: ClassVar = {
        "list": permissions.VIEW_TEAM,
        "retrieve": permissions.VIEW_TEAM,
        "create": permissions.CREATE_TEAM,
        "partial_update": permissions.UPDATE_TEAM,
        "destroy": permissions.DELETE_TEAM,
    }
    input_serializer = serializers.TeamInput
    output_serializer = serializers.TeamOutput
    ordering_fields: ClassVar = ("name", "created_at")
    ordering_columns: ClassVar = {"name": "name_key"}
    requires_if_match = True

    def perform_create(self, data: dict[str, Any]) -> Team:
        """Form the team."""
        return teams.create_team(**self._with_parent(data), actor=actor_of(self.request))

    @extend_schema(request=serializers.TeamInput)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Rename or describe a team, or make it part of another."""
        del args, kwargs
        team = self.get_object_to_change()
        changes = self._with_parent(parse(serializers.TeamInput, request, partial=True))
        actor = actor_of(request)
        return self.present(
            teams.update_team(team, actor=actor, changes=changes, revision=team.revision)
        )

    def perform_destroy(self, obj: Team) -> None:
        """Dissolve the team; its people stay."""
        teams.delete_team(obj, actor=actor_of(self.request), revision=obj.revision)

    def _with_parent(self, data: dict[str, Any]) -> dict[str, Any]:
        if "parent" not in data:
            return data
        parent = data.pop("parent")
        found = None if parent is None else visible_team(parent, self.request.user)
        return {**data, "parent": found}


class MemberViewSet(Listing[User], Creating[User], Destroying[User]):
    """The people in a team itself, not those in its parts."""

    model = User
    noun = "team member"
    action_permissions: ClassVar = {
        "list": permissions.VIEW_TEAM,
        "create": permissions.UPDATE_TEAM,
        "destroy": permissions.UPDATE_TEAM,
    }
    input_serializer = serializers.MemberInput
    output_serializer = serializers.MemberOutput
    lookup_url_kwarg = "user"

    @cached_property
    def team(self) -> Team:
        """The team that the address names.

        Raises:
            Http404: there is none, or the user may not see it.
        """
        rows = access_policy().permitted(
            Team.objects.all(), self.request.user, permissions.VIEW_TEAM
        )
        return get_object_or_404(rows, pk=self.kwargs["team"])

    def objects(self) -> QuerySet[User]:
        """The members of the team."""
        members: QuerySet[User] = User.objects.filter(memberships__team=self.team)
        return members

    @extend_schema(operation_id="teams_members_create")
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Put a user into the team; doing it again changes nothing."""
        del args, kwargs
        user = visible_user(self.parse_input()["user"], request.user)
        teams.add_member(self.team, user, actor=actor_of(request))
        return self.present(user, 201, Location=f"{request.path}{user.pk}/")

    def perform_destroy(self, obj: User) -> None:
        """Take the user out; their next request is answered without the team's roles."""
        teams.remove_member(self.team, obj, actor=actor_of(self.request))
