"""What people do with projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.errors import ProjectNotEmpty
from blueprints.catalog.models import Project
from blueprints.catalog.permissions import CREATE_PROJECT, DELETE_PROJECT, UPDATE_PROJECT
from blueprints.catalog.quotas import PROJECTS
from blueprints.catalog.services.ownership import require_in_team, require_may_share
from iac_platform.common.changes import changing, create, deleting
from iac_platform.common.transactions import one_transaction
from rbac.selectors import creator
from rbac.services.access import lock_access, referred_to
from tenants.quotas.services import consume, release

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iac_platform.common.audit import Actor
    from rbac.models import Team

CHANGEABLE = {"name", "description", "team"}


@one_transaction()
def create_project(
    *, name: str, actor: Actor, description: str = "", team: Team | None = None
) -> Project:
    """Start a project.

    Args:
        name: unique in the tenant, upper and lower case being equal.
        actor: who starts it.
        description: for people.
        team: whose members reach it where their roles say ``team``; one that the actor is
            in, unless they may change every project.

    Raises:
        NotPermitted: it would lie outside of what the actor reaches.
        UnknownReference: the team was deleted meanwhile.
        NameTaken: the tenant has a project of this name, upper and lower case being equal.
        InvalidFields: a field does not fit.
        QuotaExceeded: the tenant has as many projects as it may.
    """
    team = team and _locked_team(team, actor=actor)
    require_in_team(team, actor=actor)
    project = Project(name=name, description=description, team=team, created_by=creator(actor))
    create(project, actor=actor, permission=CREATE_PROJECT, describe=_described)
    consume(PROJECTS)
    return project


@one_transaction()
def update_project(
    project: Project, *, actor: Actor, changes: Mapping[str, Any], revision: int | None = None
) -> Project:
    """Rename or describe a project, or give it to a team; without a difference nothing happens.

    Args:
        project: what to change.
        actor: who changes it.
        changes: new values for ``name``, ``description`` and ``team``, as in ``create_project``.
        revision: the revision the caller has seen; None skips the comparison.

    Raises:
        ProjectNotFound: it was deleted meanwhile.
        RevisionConflict: it changed since.
        NotPermitted: the actor may not change it (any more), or not give it to the team.
        NameTaken, InvalidFields, UnknownReference: see ``create_project``.
    """
    if "team" in changes:
        changes = {**changes, "team": _locked_team(changes["team"], actor=actor)}
    with changing(project, actor=actor, permission=UPDATE_PROJECT, revision=revision) as draft:
        if changes.get("team", draft.team) != draft.team:
            for team in (draft.team, changes["team"]):
                require_in_team(team, actor=actor)
            require_may_share(draft, changes["team"], actor=actor)
        for field in CHANGEABLE & changes.keys():
            setattr(draft, field, changes[field])
    return draft


@one_transaction()
def delete_project(project: Project, *, actor: Actor, revision: int | None = None) -> None:
    """Delete an empty project.

    Raises:
        ProjectNotFound: it was deleted meanwhile.
        NotPermitted: the actor may not delete it (any more).
        RevisionConflict: it changed since.
        ProjectNotEmpty: it still has blueprints; delete these first.
    """
    with deleting(project, actor=actor, permission=DELETE_PROJECT, revision=revision) as fresh:
        if fresh.blueprints.exists():
            raise ProjectNotEmpty("Delete its blueprints first.")
    release(PROJECTS)


def _locked_team(team: Team | None, *, actor: Actor) -> Team | None:
    """The team as it is now; who is in teams, and what they hold, waits for the project.

    What the actor holds is read anew.
    """
    lock_access(actor)
    return team and referred_to(team)


def _described(project: Project) -> dict[str, Any]:
    """What the audit log says of a new project."""
    return {"name": project.name} | ({"team": project.team.name} if project.team else {})
