"""Giving projects to teams: whose members then reach what is in them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from blueprints.catalog.permissions import UPDATE_PROJECT
from iac_platform.common.errors import NotPermitted
from iac_platform.common.permissions import Scope, get
from rbac.access.coverage import NO_TEAM, ProposedGrant, missing
from rbac.models import User
from rbac.policy import held
from rbac.selectors import held_in_team

if TYPE_CHECKING:
    from blueprints.catalog.models import Project
    from iac_platform.common.audit import Actor
    from rbac.access.holdings import Entitlement
    from rbac.models import Team

_WIDE = (Scope.TENANT, Scope.GLOBAL)


def require_in_team(team: Team | None, *, actor: Actor) -> None:
    """Refuse to give a team something, or take it, to whoever is not in it.

    Raises:
        NotPermitted: the actor is not in the team, and may not change every project.
    """
    if team is None or not isinstance(actor, User) or team.pk in actor.access.team_ids:
        return
    paths = held(actor, UPDATE_PROJECT)
    if not any(path.scope in _WIDE and not path.limits.limitable_by for path in paths):
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
    proposed = {
        name: tuple(
            _in_project(name, path, project, actor) for path in paths if _reaches(path, project)
        )
        for name, paths in held_in_team(team).items()
    }
    # Whoever is in its team reaches it now; of one that no team has, only the whole tenant does.
    teams = frozenset({project.team_id or NO_TEAM})
    lacking = missing(actor.access.original(), ProposedGrant(proposed, teams))
    if lacking:
        raise NotPermitted(
            f"Members of the team {team.name} could do in this project what you may not, or for "
            f"longer: {', '.join(lacking[:5])}."
        )


def _reaches(path: Entitlement, project: Project) -> bool:
    return path.limits.projects is None or project.pk in path.limits.projects


def _in_project(name: str, path: Entitlement, project: Project, actor: User) -> Entitlement:
    """What a way of the team's members would come to mean in a project.

    To the project itself, if it is the actor's, nothing that needs more than ``own``.
    """
    is_own = get(name).resource == project.resource and project.created_by_id == actor.pk
    limits = replace(path.limits, projects=frozenset({project.pk}))
    return replace(path, scope=Scope.OWN if is_own else path.scope, limits=limits)
