"""Users, teams and roles that a body names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from iac_platform.gateway.serializers import Reference
from rbac.errors import UnknownReference
from rbac.models import Role, Team, User
from rbac.permissions import VIEW_TEAM, VIEW_USER
from rbac.services.roles import find_role

if TYPE_CHECKING:
    from uuid import UUID


def visible_user(user_id: UUID, reader: Any) -> User:
    """The user of this id, if the reader may see them.

    Raises:
        UnknownReference: there is none, or they may not.
    """
    found: User | None = User.objects.permitted(reader, VIEW_USER).filter(pk=user_id).first()
    if found is None:
        raise UnknownReference.to("user", user_id)
    return found


def visible_team(team_id: UUID, reader: Any) -> Team:
    """The team of this id, if the reader may see it.

    Raises:
        UnknownReference: there is none, or they may not.
    """
    found = Team.objects.permitted(reader, VIEW_TEAM).filter(pk=team_id).first()
    if found is None:
        raise UnknownReference.to("team", team_id)
    return found


class UserReference(Reference, serializers.UUIDField):
    """A user, by their id."""

    def find(self, value: UUID, reader: Any) -> User:
        """The user, if the reader may see them."""
        return visible_user(value, reader)


class TeamReference(Reference, serializers.UUIDField):
    """A team, by its id."""

    def find(self, value: UUID, reader: Any) -> Team:
        """The team, if the reader may see it."""
        return visible_team(value, reader)


class RoleReference(Reference, serializers.CharField):
    """A role, by its key."""

    def find(self, value: str, reader: Any) -> Role:  # noqa: ARG002  # who grants one may see all
        """The role."""
        return find_role(value)
