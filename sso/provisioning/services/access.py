"""Giving what somebody's groups stand for, and taking what they do not stand for any more."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction

from iac_platform.common.audit import SystemActor
from iac_platform.common.errors import DomainError, NotPermitted
from rbac.errors import UnknownReference, UnknownRole
from rbac.models import Role, RoleGrant, Team, TeamMember
from rbac.selectors import user_by_id
from rbac.services.access import lock_access
from rbac.services.audit import Subject
from rbac.services.denials import record_sparingly
from rbac.services.grants import grant_role, revoke_grant
from rbac.services.teams import add_member, remove_member
from sso.provisioning.external import entitled_by
from sso.provisioning.models import Identity, RoleSync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from uuid import UUID

    from rbac.models import User
    from sso.provisioning.external import Entitled
    from sso.provisioning.models import ProviderMapping

SIGN_ON = SystemActor("single sign-on")
WITHHELD = "identity.access_withheld"


@dataclass
class _Changes:
    """What is to be done so that somebody has what their groups stand for."""

    roles: frozenset[str]
    teams: frozenset[UUID]
    grants: list[RoleGrant]
    memberships: list[TeamMember]
    withheld: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.roles or self.teams or self.grants or self.memberships)

    def attempt(self, what: str, change: Callable[[], object]) -> bool:
        """Make one change; if it may not be made, the others are made all the same."""
        try:
            with transaction.atomic():
                change()
        except DomainError as error:
            self.withheld.append(f"{what}: {error.detail}")
            return False
        return True


def sync_access(
    identity: Identity, mapping: ProviderMapping, groups: Iterable[str]
) -> tuple[str, ...]:
    """Give somebody the roles and teams of their groups, as far as the mapping's author may.

    Taken is only what this mapping has given, so what an admin has granted stays.

    Args:
        identity: whose; its user is one of the tenant's people.
        mapping: of their provider.
        groups: as the provider names them now.

    Returns:
        What could not be given or taken, and why.
    """
    if mapping.role_sync == RoleSync.OFF:
        return ()
    wanted = entitled_by(mapping, groups)
    if not _changes(identity, mapping, wanted):
        return ()
    # Decided anew, once nobody else changes it: the same person may sign on twice at once.
    lock_access(SIGN_ON)
    identity.refresh_from_db(fields=["grants", "memberships"])
    changes = _changes(identity, mapping, wanted)
    _take(identity, changes)
    _give(identity, changes, mapping)
    Identity.objects.filter(pk=identity.pk).update(
        grants=identity.grants, memberships=identity.memberships
    )
    _record_withheld(identity.user, changes.withheld)
    return tuple(changes.withheld)


def _changes(identity: Identity, mapping: ProviderMapping, wanted: Entitled) -> _Changes:
    grants = RoleGrant.objects.current_or_coming().select_related("role").filter(user=identity.user)
    # Whoever has a role without limits, until whenever, was given it by somebody who meant it so.
    whole = grants.filter(projects=None, environments=None, delegated_by=None)
    members = TeamMember.objects.select_related("team").filter(user=identity.user)
    exact = mapping.role_sync == RoleSync.EXACT
    ours = [each for each in whole if each.pk in identity.grants]
    joined = [each for each in members if each.pk in identity.memberships]
    return _Changes(
        wanted.roles - {each.role.key for each in whole},
        wanted.teams - {each.team_id for each in members},
        [each for each in ours if exact and each.role.key not in wanted.roles],
        [each for each in joined if exact and each.team_id not in wanted.teams],
    )


def _take(identity: Identity, changes: _Changes) -> None:
    """Take what the mapping gave; less needs nobody's right."""
    for grant in changes.grants:
        take = partial(revoke_grant, grant, actor=SIGN_ON)
        if changes.attempt(f"role {grant.role.key}", take):
            identity.grants.remove(grant.pk)
    for member in changes.memberships:
        leave = partial(remove_member, member.team, identity.user, actor=SIGN_ON)
        if changes.attempt(f"team {member.team.name}", leave):
            identity.memberships.remove(member.pk)


def _give(identity: Identity, changes: _Changes, mapping: ProviderMapping) -> None:
    """Give with the rights that the mapping's author has now; without an author, nothing."""
    author = user_by_id(mapping.author_id) if mapping.author_id else None
    roles = {role.key: role for role in Role.objects.filter(key__in=changes.roles)}
    teams = Team.objects.in_bulk(changes.teams)
    for key in sorted(changes.roles):
        give = partial(_give_role, identity, roles.get(key), author)
        changes.attempt(f"role {key}", give)
    for pk in sorted(changes.teams):
        join = partial(_join_team, identity, teams.get(pk), author)
        changes.attempt(f"team {pk}", join)


def _give_role(identity: Identity, role: Role | None, author: User | None) -> None:
    author = _present(author)
    if role is None:
        raise UnknownRole("There is no such role any more.")
    identity.grants.append(grant_role(identity.user, role, actor=author).pk)


def _join_team(identity: Identity, team: Team | None, author: User | None) -> None:
    author = _present(author)
    if team is None:
        raise UnknownReference("There is no such team any more.")
    identity.memberships.append(add_member(team, identity.user, actor=author).pk)


def _present(author: User | None) -> User:
    if author is None:
        raise NotPermitted("Whoever changed the mapping last is not active any more.")
    return author


def _record_withheld(user: User, withheld: list[str]) -> None:
    """It happens at each of their sign-ons, so it is not written down each time."""
    if withheld:
        subject = Subject("rbac.user", str(user.pk), user.username)
        record_sparingly(WITHHELD, subject, SIGN_ON, {"withheld": withheld})
