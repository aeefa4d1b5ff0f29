"""Teams: forming, changing and dissolving them, and who is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iac_platform.common.changes import changing, create, deleting, lock, touch
from iac_platform.common.permissions import Scope, declared
from rbac.access.coverage import NO_TEAM, ProposedGrant
from rbac.access.holdings import Entitlement
from rbac.access.loading import access_of
from rbac.errors import InvalidTeam
from rbac.models import RoleGrant, Team, TeamMember, User
from rbac.models.team import DEEPEST
from rbac.permissions import CREATE_TEAM, DELETE_TEAM, UPDATE_TEAM
from rbac.services.access import (
    access_change,
    given_by,
    referred_to,
    require_covers,
)
from rbac.services.audit import record
from rbac.services.grants import require_person

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from iac_platform.common.audit import Actor
    from rbac.access.holdings import Access

MOST_TEAMS = 1000
MOST_MEMBERS = 1000
CHANGEABLE = {"name", "description"}


def create_team(
    *, name: str, actor: Actor, description: str = "", parent: Team | None = None
) -> Team:
    """Form a team.

    Args:
        name: unique in the tenant.
        actor: who forms it.
        description: what it is for.
        parent: the team that it is part of: its members will have that one's roles too.

    Raises:
        TeamNameTaken: the tenant has a team of this name.
        InvalidTeam: its name does not fit, it would stand too deep, or there are too many.
        CannotGrant: the parent has roles that the actor does not hold.
    """
    with access_change(actor, CREATE_TEAM) as held:
        if Team.objects.count() >= MOST_TEAMS:
            raise InvalidTeam(f"A tenant has at most {MOST_TEAMS} teams.")
        team = Team(name=name, description=description)
        _put_under(team, parent and referred_to(parent), held=held)
        create(team, actor=actor, permission=CREATE_TEAM, describe=_described)
    return team


def update_team(
    team: Team, *, actor: Actor, changes: Mapping[str, Any], revision: int | None = None
) -> Team:
    """Rename or describe a team, or make it part of another; nothing without a difference.

    Args:
        team: which one.
        actor: who changes it; must hold what its members would come to hold, and would lose.
        changes: new values of ``name``, ``description`` and ``parent`` (a team or None).
        revision: the revision the caller has seen; None skips the comparison.

    Raises:
        RevisionConflict: it changed since.
        TeamNameTaken, InvalidTeam, CannotGrant: see ``create_team``.
        LastAdmin: nobody would be left to administer the tenant.
    """
    with (
        access_change(actor, UPDATE_TEAM) as held,
        changing(team, actor=actor, permission=UPDATE_TEAM, revision=revision) as draft,
    ):
        for field in CHANGEABLE & changes.keys():
            setattr(draft, field, changes[field])
        if "parent" in changes and changes["parent"] != draft.parent:
            _require_all_of(held, draft.ancestors)
            parent = changes["parent"]
            _put_under(draft, parent and referred_to(parent), held=held)
            _carry_parts(draft)
    return draft


def delete_team(team: Team, *, actor: Actor, revision: int | None = None) -> None:
    """Dissolve a team; its grants end, and its people stay.

    Raises:
        RevisionConflict: it changed since.
        TeamInUse: other teams are parts of it, or something belongs to it.
        CannotGrant: it has roles that the actor does not hold.
        LastAdmin: nobody would be left to administer the tenant.
    """
    with (
        access_change(actor, DELETE_TEAM) as held,
        deleting(
            team, actor=actor, permission=DELETE_TEAM, revision=revision, describe=_described
        ) as fresh,
    ):
        _require_all_of(held, [fresh.pk, *fresh.ancestors])


def add_member(team: Team, user: User, *, actor: Actor) -> TeamMember:
    """Put a user into a team; doing it again changes nothing.

    Raises:
        SupportUserIsFixed: the user is the operator's staff.
        InvalidTeam: the team is full.
        CannotGrant: the team, or one that it is part of, has roles or objects that the actor
            does not reach.
    """
    require_person(user)
    with access_change(actor, UPDATE_TEAM) as held:
        fresh = lock(team, actor=actor, permission=UPDATE_TEAM)
        _require_holds(held, fresh, user)
        if fresh.memberships.count() >= MOST_MEMBERS:
            raise InvalidTeam(f"A team has at most {MOST_MEMBERS} members. Divide it.")
        member, created = TeamMember.objects.get_or_create(
            team=fresh, user=user, defaults={"added_by": actor.audit_id}
        )
        if created:
            touch(fresh)
            record("team.add_member", fresh, actor=actor, changes={"user": user.username})
    return member


def remove_member(team: Team, user: User, *, actor: Actor) -> None:
    """Take a user out of a team; their next request is answered without its roles.

    Raises:
        SupportUserIsFixed: the user is the operator's staff.
        CannotGrant: the team has roles that the actor does not hold.
        LastAdmin: nobody would be left to administer the tenant.
    """
    require_person(user)
    with access_change(actor, UPDATE_TEAM) as held:
        fresh = lock(team, actor=actor, permission=UPDATE_TEAM)
        _require_holds(held, fresh, user)
        deleted, _ = TeamMember.objects.filter(team=fresh, user=user).delete()
        if deleted:
            touch(fresh)
            record("team.remove_member", fresh, actor=actor, changes={"user": user.username})


def require_may_fill(held: Access | None, team: Team) -> None:
    """Refuse somebody who lets others into a team, whoever these will be, beyond their own rights.

    Args:
        held: what they hold; None for the platform itself.
        team: of the current tenant.

    Raises:
        CannotGrant: its members may come to hold what they do not.
    """
    _require_all_of(held, [team.pk, *team.ancestors])


def _put_under(team: Team, parent: Team | None, *, held: Access | None) -> None:
    """Make a team part of another, whose roles its members get."""
    ancestors: list[UUID] = [] if parent is None else [parent.pk, *parent.ancestors]
    if team.pk in ancestors:
        raise InvalidTeam("It would be part of itself.")
    _require_all_of(held, ancestors)
    team.parent, team.ancestors = parent, ancestors
    if len(ancestors) + _depth_below(team) >= DEEPEST:
        raise InvalidTeam(f"Teams can stand in one another {DEEPEST} deep.")


def _depth_below(team: Team) -> int:
    """How many levels of parts a team has."""
    below = Team.objects.filter(ancestors__contains=[team.pk]).values_list("ancestors", flat=True)
    return max((ancestors.index(team.pk) + 1 for ancestors in below), default=0)


def _carry_parts(team: Team) -> None:
    """Tell the parts of a moved team where they are now."""
    for part in Team.objects.filter(ancestors__contains=[team.pk]):
        to_here = part.ancestors[: part.ancestors.index(team.pk) + 1]
        part.ancestors = [*to_here, *team.ancestors]
        part.save(update_fields=["ancestors"])


def _require_holds(held: Access | None, team: Team, user: User) -> None:
    """Whoever makes or ends a member of a team holds what the member gets, or loses, by that.

    These are the roles of the team and of those that it is part of, in all teams of the
    member; and in these teams, what the member may do in their teams anyway.
    """
    if held is None:
        return
    ids = frozenset([team.pk, *team.ancestors])
    theirs = access_of(user.pk, user.tenant_id, None)
    roles = ProposedGrant(_given_by_teams(ids), ids | theirs.team_ids)
    require_covers(held, roles, what="The team")
    require_covers(held, ProposedGrant(_in_teams(theirs), ids), what=f"In this team, {user}")


def _in_teams(access: Access) -> dict[str, tuple[Entitlement, ...]]:
    """What somebody holds in their teams, whichever these are."""
    found = {
        name: tuple(path for path in paths if path.scope is Scope.TEAM)
        for name, paths in access.entitlements.items()
    }
    return {name: paths for name, paths in found.items() if paths}


def _require_all_of(held: Access | None, team_ids: Iterable[UUID]) -> None:
    """Whoever moves whole teams holds, in the whole tenant, all that any member may get by it."""
    ids = frozenset(team_ids)
    if held is None or not ids:
        return
    every_team = frozenset({*ids, NO_TEAM})
    require_covers(held, ProposedGrant(_given_by_teams(ids), every_team), what="The team")
    anything = {
        permission.name: (Entitlement(Scope.TENANT),)
        for permission in declared()
        if Scope.TEAM in permission.scopes
    }
    require_covers(held, ProposedGrant(anything), what="Being in the team")


def _given_by_teams(team_ids: Iterable[UUID]) -> dict[str, tuple[Entitlement, ...]]:
    rows = RoleGrant.objects.current_or_coming().select_related("role")
    return given_by(list(rows.filter(team_id__in=team_ids)))


def _described(team: Team) -> dict[str, Any]:
    parent = team.parent.name if team.parent else None
    return {"name": team.name, "description": team.description, "parent": parent}
