"""Granting roles to people and teams, passing them on, and taking them away."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from iac_platform.common.changes import touch
from rbac.access.coverage import ProposedGrant
from rbac.access.holdings import ALWAYS, UNLIMITED
from rbac.errors import CannotDelegate, InvalidGrant, SupportUserIsFixed
from rbac.grant_limits import GRANT_LIMITS
from rbac.models import Role, RoleGrant, Team, User
from rbac.permissions import DELEGATE_ROLE, GRANT_ROLE
from rbac.selectors import allowed_by, teams_of_members, teams_of_users
from rbac.services.access import (
    access_change,
    given_by,
    not_delegable,
    referred_to,
    require_covers,
    require_permissions,
)
from rbac.services.audit import record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from iac_platform.common.audit import Actor
    from iac_platform.common.permissions import LimitKind
    from rbac.access.holdings import Access, Limits, Period

MOST_LIMITS = 50
MOST_GRANTS = 100
LONGEST_DELEGATION = timedelta(days=90)


@transaction.atomic
def grant_role(
    to: User | Team,
    role: Role,
    *,
    actor: Actor,
    limits: Limits = UNLIMITED,
    period: Period = ALWAYS,
) -> RoleGrant:
    """Grant a role to a user or a team.

    Granting it again within the same limits changes its period and nothing else; of what is
    returned, ``is_new`` says whether it was the first time.

    Args:
        to: who gets it.
        role: which role.
        actor: who grants it; may give only what they hold, where and for as long as they do.
        limits: to which projects and environments it is limited.
        period: from when until when it counts.

    Raises:
        NotPermitted: the actor may not grant roles (any more).
        UnknownReference: the role or the team was deleted meanwhile.
        SupportUserIsFixed: the user is the operator's staff.
        InvalidGrant: the limits or the period make no sense.
        CannotGrant: the role allows something that the actor may not do.
        LastAdmin: the last admin's grant would end.
    """
    with access_change(actor, None) as held:
        return grant_within(
            held, referred_to(to), referred_to(role), actor=actor, limits=limits, period=period
        )


def grant_within(
    held: Access | None,
    to: User | Team,
    role: Role,
    *,
    actor: Actor,
    limits: Limits = UNLIMITED,
    period: Period = ALWAYS,
) -> RoleGrant:
    """Do what ``grant_role`` does inside a change of access that has begun.

    Args:
        held: what the actor holds, as ``access_change`` yields it.
        to: who gets it, read or made inside of the change.
        role: which role, likewise.
        actor: who grants it.
        limits: to which projects and environments it is limited.
        period: from when until when it counts.

    Raises:
        NotPermitted, SupportUserIsFixed, InvalidGrant, CannotGrant: see ``grant_role``.
    """
    require_permissions(held, GRANT_ROLE)
    require_grantable(to, limits=limits, period=period)
    wanted = _unsaved(to, role, actor=actor, limits=limits, period=period)
    _require_holds(held, wanted, to)
    found = _same(wanted)
    if found is not None and found.period != period:
        # What lies outside of the new period is taken.
        _require_holds(held, found, to)
    grant, before = _write(wanted, found)
    if before != period:
        _note_change(to)
        record("role.grant", to, actor=actor, changes=_changes(grant, before))
    return grant


@transaction.atomic
def delegate_role(
    to: User, role: Role, *, actor: User, period: Period, limits: Limits = UNLIMITED
) -> RoleGrant:
    """Pass on a role that one holds, for a while; it ends when the giver's own does.

    Args:
        to: another of the tenant's people.
        role: a role of which each permission allows to be passed on.
        actor: who passes it on; what others passed on to them does not count.
        period: with an end, at most 90 days from now.
        limits: to which projects and environments it is limited.

    Raises:
        NotPermitted: the actor may not pass on anything (any more).
        UnknownReference: the role was deleted meanwhile.
        CannotDelegate: the role has a permission that stays with its holder, or the period
            or the person does not fit.
        CannotGrant: the actor does not hold it so.
        SupportUserIsFixed, InvalidGrant: see ``grant_role``.
    """
    with access_change(actor, DELEGATE_ROLE) as held:
        to, role = referred_to(to), referred_to(role)
        require_grantable(to, limits=limits, period=period)
        _require_delegable(to, role, actor=actor, period=period)
        wanted = _unsaved(to, role, actor=actor, limits=limits, period=period)
        wanted.delegated_by = actor
        _require_holds(held, wanted, to)
        grant, before = _write(wanted, _same(wanted))
        if before != period:
            _note_change(to)
            record("role.delegate", to, actor=actor, changes=_changes(grant, before))
    return grant


@transaction.atomic
def revoke_grant(grant: RoleGrant, *, actor: Actor) -> None:
    """Take one grant back; the next request of those who had it is answered without it.

    Raises:
        NotPermitted: the actor may not revoke roles (any more); what was passed on, also
            whoever may pass on takes back.
        SupportUserIsFixed: the user is the operator's staff.
        CannotGrant: the role allows something that the actor may not do.
        LastAdmin: nobody would be left to administer the tenant.
    """
    with access_change(actor, None) as held:
        rows = RoleGrant.objects.select_related("role", "user", "team")
        fresh = rows.filter(pk=grant.pk).first()
        if fresh is None:
            return
        passed_on = fresh.delegated_by_id is not None
        require_permissions(held, *((GRANT_ROLE, DELEGATE_ROLE) if passed_on else (GRANT_ROLE,)))
        to = fresh.user or fresh.team
        _require_person(to)
        if not passed_on or fresh.delegated_by_id != getattr(actor, "pk", None):
            _require_holds(held, fresh, to)
        fresh.delete()
        _note_change(to)
        record("role.revoke", to, actor=actor, changes=_changes(fresh))


@transaction.atomic
def revoke_role(user: User, role: Role, *, actor: Actor) -> None:
    """Take a role from a user, with all grants of it but those to their teams.

    Raises:
        NotPermitted, SupportUserIsFixed, CannotGrant, LastAdmin: see ``revoke_grant``.
    """
    _require_person(user)
    with access_change(actor, GRANT_ROLE) as held:
        grants = list(RoleGrant.objects.select_related("role").filter(user=user, role=role))
        for grant in grants:
            _require_holds(held, grant, user)
            grant.delete()
        if grants:
            _note_change(user)
            record("role.revoke", user, actor=actor, changes={"role": role.key})


def require_grantable(to: User | Team, *, limits: Limits, period: Period) -> None:
    """Refuse grants that make no sense, whoever makes them.

    Raises:
        SupportUserIsFixed: the user is the operator's staff.
        InvalidGrant: it would have ended already, or is limited to what does not exist.
    """
    _require_person(to)
    now = timezone.now()
    if period.expires_at is not None and period.expires_at <= max(now, period.starts_at or now):
        raise InvalidGrant.at("expires_at", "It must lie in the future and after the start.")
    for kind in limits.limitable_by:
        _require_known(kind, limits.of(kind) or frozenset())


def _require_known(kind: LimitKind, ids: Iterable[UUID]) -> None:
    wanted = frozenset(ids)
    if not 1 <= len(wanted) <= MOST_LIMITS:
        raise InvalidGrant.at(f"{kind}s", f"Name 1 to {MOST_LIMITS}, or leave it out for all.")
    lookup = GRANT_LIMITS.get(kind)
    known = lookup.known(wanted) if lookup else frozenset()
    for unknown in sorted(wanted - known):
        raise InvalidGrant.at(f"{kind}s", f"There is no {kind} {unknown}.")


def _require_person(to: User | Team | None) -> None:
    if isinstance(to, User):
        require_person(to)


def require_person(user: User) -> None:
    """Refuse to change the operator's staff like one of the tenant's people.

    Raises:
        SupportUserIsFixed: their roles, dates and name are those of their access.
    """
    if user.is_support:
        raise SupportUserIsFixed(
            f"{user} has what its support access says, until it ends. Revoke the access instead."
        )


def _require_delegable(to: User, role: Role, *, actor: User, period: Period) -> None:
    latest = timezone.now() + LONGEST_DELEGATION
    if period.expires_at is None or period.expires_at > latest:
        days = LONGEST_DELEGATION.days
        raise CannotDelegate(f"Say until when (expires_at), at most {days} days from now.")
    if to.pk == actor.pk or not to.is_active:
        raise CannotDelegate("Pass it on to another active user.")
    kept = not_delegable(allowed_by([role.pk])[role.pk])
    if kept:
        raise CannotDelegate(
            f"The role {role.name} allows what cannot be passed on: {', '.join(kept[:5])}."
        )


def _require_holds(held: Access | None, grant: RoleGrant, to: User | Team | None) -> None:
    """Nobody grants, or takes, what they do not hold themselves."""
    if held is not None:
        proposed = ProposedGrant(given_by([grant]), _teams_of(to))
        require_covers(held, proposed, what=f"The role {grant.role.name}")


def _teams_of(to: User | Team | None) -> frozenset[UUID]:
    if isinstance(to, Team):
        return frozenset({to.pk, *to.ancestors}) | teams_of_members(to)
    # Read now: whoever has waited for others' changes may have an older copy.
    return teams_of_users([to.pk])[to.pk] if to is not None else frozenset()


def _unsaved(
    to: User | Team, role: Role, *, actor: Actor, limits: Limits, period: Period
) -> RoleGrant:
    return RoleGrant(
        user=to if isinstance(to, User) else None,
        team=to if isinstance(to, Team) else None,
        role=role,
        projects=_sorted(limits.projects),
        environments=_sorted(limits.environments),
        starts_at=period.starts_at,
        expires_at=period.expires_at,
        granted_by=actor.audit_id,
    )


def _sorted(ids: frozenset[UUID] | None) -> list[UUID] | None:
    """In one order, so that the same limits are the same to the unique constraint."""
    return None if ids is None else sorted(ids)


def _same(wanted: RoleGrant) -> RoleGrant | None:
    """The grant that there is already of the same role to the same, within the same limits."""
    same = {name: getattr(wanted, name) for name in ("user", "team", "role", "delegated_by")}
    rows = RoleGrant.objects.filter(**same).select_related("role")
    # In any order: an import gives ids anew, and leaves them where they stood.
    found = (row for row in rows if row.limits == wanted.limits)
    return next(found, None)


def _write(wanted: RoleGrant, found: RoleGrant | None) -> tuple[RoleGrant, Period | None]:
    """Write a grant, or the new period of the one that there is; its period before."""
    if found is None:
        to = wanted.user or wanted.team
        if to is not None and to.role_grants.count() >= MOST_GRANTS:
            raise InvalidGrant(f"{to} has {MOST_GRANTS} grants. Use a team, or revoke some.")
        wanted.save(force_insert=True)
        wanted.is_new = True
        return wanted, None
    before = found.period
    if before == wanted.period:
        return found, before
    found.starts_at, found.expires_at = wanted.starts_at, wanted.expires_at
    found.granted_by = wanted.granted_by
    found.save(update_fields=["starts_at", "expires_at", "granted_by"])
    return found, before


def _note_change(to: User | Team | None) -> None:
    """Users and teams are shown with their roles, so a grant is a change of them."""
    if to is None:
        return
    touch(to)
    to.__dict__.pop("access", None)


def _changes(grant: RoleGrant, before: Period | None = None) -> dict[str, Any]:
    """What the audit log says of a grant, and of the period that it had before."""
    changes: dict[str, Any] = {"role": grant.role.key}
    for name in ("projects", "environments", "starts_at", "expires_at"):
        value = getattr(grant, name)
        if value is not None:
            changes[name] = value
    if before is not None:
        old = {"starts_at": before.starts_at, "expires_at": before.expires_at}
        changes |= {
            name: [value, now]
            for name, value in old.items()
            if value != (now := getattr(grant, name))
        }
    return changes
