"""Giving what somebody's groups stand for, and taking what they do not stand for any more."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from structlog.contextvars import bound_contextvars

from iac_platform.common.audit import SystemActor
from iac_platform.common.errors import DomainError, NotPermitted
from rbac.errors import UnknownReference, UnknownRole
from rbac.models import Role, RoleGrant, Team, TeamMember
from rbac.selectors import user_by_id
from rbac.services.audit import Subject, record
from rbac.services.denials import record_sparingly
from rbac.services.grants import grant_role, revoke_grant
from rbac.services.teams import add_member, remove_member
from sso.provisioning.external import entitled_by
from sso.provisioning.models import Identity, RoleSync

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from rbac.models import User
    from sso.provisioning.models import ProviderMapping

SIGN_ON = SystemActor("single sign-on")
SYNCED = "identity.sync_access"
WITHHELD = "identity.access_withheld"
_NOT_SENT = "The provider did not send the groups, so roles and teams stay as they are."


@dataclass
class _Changes:
    """What is to be done so that somebody has what their groups stand for."""

    roles: frozenset[str]
    teams: frozenset[UUID]
    grants: list[RoleGrant]
    memberships: list[TeamMember]
    given: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.roles or self.teams or self.grants or self.memberships)

    def attempt(self, what: str, change: Callable[[], object], made: list[str]) -> bool:
        """Make one change; if it may not be made, the others are made all the same."""
        try:
            with transaction.atomic():
                change()
        except DomainError as error:
            self.withheld.append(f"{what}: {error.detail}")
            return False
        made.append(what)
        return True


def _remember(identity: Identity) -> None:
    """Write down what was given, without what somebody has ended meanwhile."""
    grants = RoleGrant.objects.filter(pk__in=identity.grants).values_list("pk", flat=True)
    members = TeamMember.objects.filter(pk__in=identity.memberships).values_list("pk", flat=True)
    Identity.objects.filter(pk=identity.pk).update(grants=list(grants), memberships=list(members))


def changes_access(
    identity: Identity, mapping: ProviderMapping, groups: frozenset[str] | None
) -> bool:
    """Whether ``sync_access`` would change anything."""
    return bool(_changes(identity, mapping, groups))


def sync_access(
    identity: Identity,
    mapping: ProviderMapping,
    groups: frozenset[str] | None,
    *,
    by: SystemActor = SIGN_ON,
) -> tuple[str, ...]:
    """Give somebody the roles and teams of their groups, as far as the mapping's author may.

    Taken is only what this mapping has given, so what an admin has granted stays. Where
    ``changes_access``, all was read under ``lock_access``.

    Args:
        identity: whose; its user is one of the tenant's people.
        mapping: of their provider.
        groups: as the provider names them now; None where it did not name them.
        by: what told of the groups; it acts for the platform.

    Returns:
        What could not be given or taken, and why.
    """
    if groups is None and mapping.role_sync == RoleSync.EXACT:
        return (_NOT_SENT,)
    changes = _changes(identity, mapping, groups)
    if not changes:
        return ()
    _take(identity, changes, by)
    # The grants are in the author's name, but the author is not there: the address is another's.
    with bound_contextvars(client_ip=None):
        _give(identity, changes, mapping)
    _remember(identity)
    _record(identity.user, mapping, changes, by)
    _record_withheld(identity.user, changes.withheld, by)
    return tuple(changes.withheld)


def take_access(identity: Identity, *, by: SystemActor = SIGN_ON) -> None:
    """Take all that a mapping has given somebody by an identity, which goes.

    What the identity's groups gave would be theirs for ever, as no sign-on takes it any more.

    Raises:
        DomainError: something cannot be taken, such as from the last admin.
    """
    grants = RoleGrant.objects.select_related("role").filter(pk__in=identity.grants)
    for grant in grants:
        revoke_grant(grant, actor=by)
    members = TeamMember.objects.select_related("team").filter(pk__in=identity.memberships)
    for member in members:
        remove_member(member.team, identity.user, actor=by)


def _changes(
    identity: Identity, mapping: ProviderMapping, groups: frozenset[str] | None
) -> _Changes:
    if groups is None or mapping.role_sync == RoleSync.OFF:
        return _Changes(frozenset(), frozenset(), [], [])
    wanted = entitled_by(mapping, groups)
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


def _take(identity: Identity, changes: _Changes, actor: SystemActor) -> None:
    """Take what the mapping gave; less needs nobody's right."""
    for grant in changes.grants:
        take = partial(revoke_grant, grant, actor=actor)
        if changes.attempt(f"role {grant.role.key}", take, changes.taken):
            identity.grants.remove(grant.pk)
    for member in changes.memberships:
        leave = partial(remove_member, member.team, identity.user, actor=actor)
        if changes.attempt(f"team {member.team.name}", leave, changes.taken):
            identity.memberships.remove(member.pk)


def _give(identity: Identity, changes: _Changes, mapping: ProviderMapping) -> None:
    """Give with the rights that the mapping's author has now; without an author, nothing."""
    author = user_by_id(mapping.author_id) if mapping.author_id else None
    roles = {role.key: role for role in Role.objects.filter(key__in=changes.roles)}
    teams = Team.objects.in_bulk(changes.teams)
    for key in sorted(changes.roles):
        give = partial(_give_role, identity, roles.get(key), author)
        changes.attempt(f"role {key}", give, changes.given)
    for pk in sorted(changes.teams):
        join = partial(_join_team, identity, teams.get(pk), author)
        changes.attempt(f"team {pk}", join, changes.given)


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


def _record(user: User, mapping: ProviderMapping, changes: _Changes, actor: SystemActor) -> None:
    """Say by what it came, beside what the log has of each grant in the author's name."""
    if changes.given or changes.taken:
        author = mapping.author.username if mapping.author else None
        made = {"given": changes.given, "taken": changes.taken, "mapping_author": author}
        record(SYNCED, user, actor=actor, changes=made)


def _record_withheld(user: User, withheld: list[str], actor: SystemActor) -> None:
    """It happens at each of their sign-ons, so it is not written down each time."""
    if withheld:
        subject = Subject("rbac.user", str(user.pk), user.username)
        record_sparingly(WITHHELD, subject, actor, {"withheld": withheld})
