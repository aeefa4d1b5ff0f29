"""What people do with projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from blueprints.catalog.errors import NameTaken, ProjectNotEmpty
from blueprints.catalog.models import Project
from blueprints.catalog.permissions import CREATE_PROJECT, DELETE_PROJECT, UPDATE_PROJECT
from blueprints.catalog.quotas import PROJECTS
from blueprints.catalog.services import changes as change
from blueprints.catalog.services.ownership import require_in_team, require_may_share
from iac_platform.common import audit
from rbac.policy import require_of
from rbac.services.access import lock_access, referred_to
from tenants.quotas.services import require_quota

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iac_platform.common.audit import Actor
    from rbac.models import Team


@transaction.atomic
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
    project = Project(
        name=name, description=description, team=team, created_by=change.creator(actor)
    )
    change.require_valid(project)
    require_of(actor, CREATE_PROJECT, project)
    require_in_team(team, actor=actor)
    require_quota(PROJECTS)
    _save(project)
    changes = {"name": project.name, "team": team.name} if team else {"name": project.name}
    audit.record("project.create", project, actor=actor, changes=changes)
    return project


@transaction.atomic
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
    fresh = change.lock(project, actor=actor, permission=UPDATE_PROJECT, revision=revision)
    if changes.get("team", fresh.team) != fresh.team:
        for team in (fresh.team, changes["team"]):
            require_in_team(team, actor=actor)
        require_may_share(fresh, changes["team"], actor=actor)
    changed = change.assign(fresh, changes)
    if changed:
        if "team" in changed:
            changed["team"] = [team and team.name for team in changed["team"]]
        _save(fresh, revised=True)
        audit.record("project.update", fresh, actor=actor, changes=changed)
    return fresh


@transaction.atomic
def delete_project(project: Project, *, actor: Actor, revision: int | None = None) -> None:
    """Delete an empty project.

    Raises:
        ProjectNotFound: it was deleted meanwhile.
        NotPermitted: the actor may not delete it (any more).
        RevisionConflict: it changed since.
        ProjectNotEmpty: it still has blueprints; delete these first.
    """
    fresh = change.lock(project, actor=actor, permission=DELETE_PROJECT, revision=revision)
    if fresh.blueprints.exists():
        raise ProjectNotEmpty("Delete its blueprints first.")
    audit.record("project.delete", fresh, actor=actor, changes={"name": fresh.name})
    fresh.delete()


def _locked_team(team: Team | None, *, actor: Actor) -> Team | None:
    """The team as it is now; who is in teams, and what they hold, waits for the project.

    What the actor holds is read anew.
    """
    lock_access(actor)
    return team and referred_to(team)


def _save(project: Project, *, revised: bool = False) -> None:
    try:
        with transaction.atomic():
            if revised:
                change.save_revised(project)
            else:
                project.save(force_insert=True)
    except IntegrityError as error:
        raise NameTaken(
            "There is a project of this name already. Choose another.",
            errors=[{"pointer": "/name", "code": "taken", "detail": "The name is taken."}],
        ) from error
