"""Giving projects to teams: whose members then reach what is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.permissions import UPDATE_PROJECT
from iac_platform.common.permissions import Boundary, Scope, get
from rbac.models import User
from rbac.policy import NotPermitted, held
from rbac.selectors import held_in_team

if TYPE_CHECKING:
    from blueprints.catalog.models import Project
    from iac_platform.common.audit import Actor
    from iac_platform.common.permissions import Permission
    from rbac.models import Team

_WIDE = (Scope.TENANT, Scope.GLOBAL)


def require_in_team(team: Team | None, *, actor: Actor) -> None:
    """Refuse to give a team something, or take it, to whoever is not in it.

    Raises:
        NotPermitted: the actor is not in the team, and may not change every project.
    """
    if team is None or not isinstance(actor, User) or team.pk in actor.access.team_ids:
        return
    ways = held(actor, UPDATE_PROJECT)
    if not any(way.scope in _WIDE and not way.limits.boundaries for way in ways):
        raise NotPermitted(f"Only members of the team {team.name} give it projects or take them.")


def require_may_share(project: Project, team: Team | None, *, actor: Actor) -> None:
    """Refuse to let a team into a project where its members may do more than the actor.

    Args:
        project: as it is, before it is given away.
        team: who gets it.
        actor: who gives it.

    Raises:
        NotPermitted: somebody in the team could do in the project what the actor may not.
    """
    if team is None or not isinstance(actor, User):
        return
    lacking = [
        name for name in sorted(held_in_team(team)) if not _reaches_all(actor, get(name), project)
    ]
    if lacking:
        raise NotPermitted(
            f"Members of the team {team.name} could do in this project what you may not: "
            f"{', '.join(lacking[:5])}."
        )


def _reaches_all(user: User, permission: Permission, project: Project) -> bool:
    """Whether somebody may do it to all there is in a project, whoever's it is."""
    if Boundary.PROJECT not in permission.boundaries:
        return True
    in_team = project.team_id in user.access.team_ids
    their_own = permission.resource == project.resource and project.created_by_id == user.pk
    return any(
        way.scope in _WIDE or their_own or (in_team and way.scope is Scope.TEAM)
        for way in held(user, permission)
        if way.limits.environments is None
        and (way.limits.projects is None or project.pk in way.limits.projects)
    )
