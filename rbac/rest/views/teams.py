"""Endpoints of teams and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iac_platform.gateway.actions import (
    Options,
    creates,
    deletes,
    lists,
    present_created,
    reads,
    updates,
)
from iac_platform.gateway.nested import NestedViewSet, parent_of
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac.models import Team, User
from rbac.permissions import CREATE_TEAM, DELETE_TEAM, UPDATE_TEAM, VIEW_TEAM
from rbac.rest.role_serializers import MemberInput, MemberOutput, TeamInput, TeamOutput
from rbac.services import teams

if TYPE_CHECKING:
    from rest_framework.response import Response

    from rbac.models import TeamMember


class TeamViewSet(ResourceViewSet[Team]):
    """Teams: people who share roles. The members of a team's parts are its members too."""

    model = Team
    output_serializer = TeamOutput
    ordering_fields = ("name", "created_at")
    requires_if_match = True
    list, retrieve = reads(VIEW_TEAM)
    create = creates(CREATE_TEAM, teams.create_team, TeamInput)
    partial_update = updates(UPDATE_TEAM, teams.update_team, TeamInput)
    destroy = deletes(DELETE_TEAM, teams.delete_team, detail="Its people stay.")


def _show_member(view: ResourceViewSet[User], member: TeamMember) -> Response:
    return present_created(view, member.user)


_ADD: Options = {
    "show": _show_member,
    "summary": "Put a user into the team; doing it again changes nothing.",
}
_REMOVE = "Take the user out; their next request is answered without the team's roles."


class MemberViewSet(NestedViewSet[User, Team]):
    """The people in a team itself, not those in its parts."""

    model = User
    noun = "team member"
    parents, parent_kwarg, parent_field = Team.objects.all(), "team", "memberships__team"
    parent_permission = VIEW_TEAM
    lookup_url_kwarg = "user"
    output_serializer = MemberOutput
    list = lists(VIEW_TEAM)
    create = creates(UPDATE_TEAM, teams.add_member, MemberInput, subject=parent_of, **_ADD)
    destroy = deletes(UPDATE_TEAM, teams.remove_member, subject=parent_of, detail=_REMOVE)
