"""Changing who may do what: one change at a time, none that goes too far, all at once seen."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID, uuid4

from django.db.models import Q

from iac_platform.common.access import require_recent_authentication
from iac_platform.common.audit import SystemActor
from iac_platform.common.changes import rows_like
from iac_platform.common.compiled_queries import CompiledQuery
from iac_platform.common.errors import NotPermitted
from iac_platform.common.permissions import Scope, get
from iac_platform.common.transactions import one_transaction
from rbac.access.coverage import NO_TEAM, ProposedGrant, missing
from rbac.access.holdings import ALWAYS, NOTHING_HELD, Entitlement, entitlements
from rbac.access.loading import access_of
from rbac.errors import CannotGrant, LastAdmin, UnknownReference
from rbac.models import AccessStamp, RoleGrant, TeamMember, User, UserKind
from rbac.selectors import allowed_by, as_holding, teams_of_users
from rbac.services.audit import record
from tenants.context import current_tenant
from tenants.lifecycle.services import operators_scope
from tenants.models import PLATFORM_TENANT_ID, TenantModel

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from iac_platform.common.audit import Actor
    from iac_platform.common.permissions import Permission
    from rbac.access.holdings import Access, Period
    from rbac.models import Role

_Row = TypeVar("_Row", bound=TenantModel)

ADMIN = "admin"
OPERATOR = "operator"

# Asked at each change of access.
_LASTING: CompiledQuery[RoleGrant] = CompiledQuery(
    lambda key: (
        RoleGrant.objects.lasting()
        .filter(role__key=key, role__is_custom=False)
        .filter(user__is_active=True, user__kind=UserKind.PERSON)
        .order_by()
    ),
    str,
)
_DELEGATED: CompiledQuery[RoleGrant] = CompiledQuery(
    lambda tenant_id: (
        RoleGrant.objects.current_or_coming()
        .filter(tenant_id=tenant_id, delegated_by__isnull=False)
        .order_by()
    ),
    UUID,
)


@contextmanager
def access_change(actor: Actor, permission: Permission | None) -> Iterator[Access | None]:
    """Change who may do what in the current tenant, inside the block.

    Changes of one tenant wait for each other, so that what is checked stays true until it
    is written. Whatever the caller has read before may have changed while it waited: read
    it again inside (``iac_platform.common.changes``, ``referred_to``). At the end whatever was
    delegated by somebody who does not hold it any more ends, and the tenant's stamp is another:
    the next request of anybody asks anew.

    Args:
        actor: who changes it.
        permission: what they need for it. It is asked of what they hold after the wait; the
            gateway has asked before. None where the block asks for itself.

    Yields:
        What the actor may give and take: all that they hold, read after the others' changes,
        but for what was passed on to them, which is not theirs to give away. None for the
        platform itself.

    Raises:
        NotPermitted: the actor does not hold the permission any more.
        RecentAuthenticationRequired: the actor must show once more who they are.
        LastAdmin: the tenant had a lasting admin and would be left without.
    """
    with one_transaction():
        _renew_stamp()
        had_admin = has_admin()
        held = _access_of(actor)
        if permission is not None:
            require_permissions(held, permission)
        yield held
        _end_delegations(actor)
        if had_admin and not has_admin():
            raise LastAdmin("Make somebody else an admin first, without limits and without an end.")
        # Again, lest anything read in between be kept.
        _renew_stamp()


def lock_access(actor: Actor) -> Access | None:
    """Keep who may do what in the current tenant as it is until the transaction ends.

    For whoever changes nothing about it, and decides by what others hold or which teams
    they are in. Take it before the rows that are to be changed (``tenants.locks``).

    Returns:
        What the actor may give, as of ``access_change``; the actor's own ``access`` is read
        anew as well.
    """
    stamps = AccessStamp.objects.select_for_update(no_key=True)
    stamps.filter(tenant_id=current_tenant().id).values("pk").first()
    return _access_of(actor)


def require_permissions(held: Access | None, *permissions: Permission) -> None:
    """Refuse somebody who holds none of these permissions by now.

    Args:
        held: what they hold, as ``access_change`` yields it.
        permissions: of which any one is enough.

    Raises:
        NotPermitted: they do not.
        RecentAuthenticationRequired: they do, once they have shown again who they are.
    """
    if held is None:
        return
    usable = [each for each in permissions if held.scope_of(each.name) is not None]
    if not usable:
        raise NotPermitted(f"This needs the permission {permissions[0].name}.")
    require_recent_authentication(held, usable[0])


def referred_to(row: _Row) -> _Row:
    """What a change refers to, as it is after the wait for others' changes of access.

    Raises:
        UnknownReference: it was deleted meanwhile.
    """
    fresh: _Row | None = rows_like(row).filter(pk=row.pk).first()
    if fresh is None:
        raise UnknownReference.to(type(row).__name__.lower(), row.pk)
    return fresh


def _access_of(actor: Actor) -> Access | None:
    """What the actor holds by now; the operator's staff where they are at home."""
    if isinstance(actor, SystemActor):
        return None
    if not isinstance(actor, User):
        raise NotPermitted("Neither a user nor the platform itself.")
    with operators_scope() if actor.tenant_id == PLATFORM_TENANT_ID else nullcontext():
        held = actor.read_access_again().original()
    return replace(held, must_reauthenticate=actor.must_reauthenticate)


def _renew_stamp() -> None:
    """Replace the tenant's stamp; its row is locked until the transaction ends."""
    # Random and not counted: a number that was rolled back would come again.
    fresh = uuid4()
    tenant_id = current_tenant().id
    if not AccessStamp.objects.filter(tenant_id=tenant_id).update(stamp=fresh):
        AccessStamp.objects.bulk_create(
            [AccessStamp(stamp=fresh)],
            update_conflicts=True,
            unique_fields=["tenant_id"],
            update_fields=["stamp"],
        )


def admin_key() -> str:
    """The role of who may do everything in the current tenant."""
    return OPERATOR if current_tenant().is_platform else ADMIN


def has_admin(among: Collection[UUID] | None = None) -> bool:
    """Whether somebody administers the current tenant; in the operator's, all tenants.

    Args:
        among: ids of users of whom it has to be one; None for anybody.
    """
    return has_lasting(admin_key(), among)


def has_lasting(key: str, among: Collection[UUID] | None = None) -> bool:
    """Whether one of the tenant's people has a system role, without limits and without an end.

    The operator's staff in a tenant count as nobody, and a service account neither.
    """
    if among is None and _LASTING.first(key) is not None:
        return True
    grants = RoleGrant.objects.lasting().filter(role__key=key, role__is_custom=False)
    people: dict[str, Any] = {"user__is_active": True, "user__kind": UserKind.PERSON}
    if among is not None:
        people["user__in"] = among
        if grants.filter(**people).exists():
            return True
    teams = list(grants.filter(team__isnull=False).values_list("team_id", flat=True))
    inside = Q(team_id__in=teams) | Q(team__ancestors__overlap=teams)
    return bool(teams) and TeamMember.objects.filter(inside, **people).exists()


def require_covers(held: Access | None, proposed: ProposedGrant, *, what: str) -> None:
    """Refuse somebody who gives, or takes, what they do not hold.

    Args:
        held: what they hold; None for the platform itself.
        proposed: what is to be given.
        what: the beginning of the refusal, such as ``The role Viewer``.

    Raises:
        CannotGrant: something is missing; the detail says what.
    """
    lacking = missing(held, proposed) if held is not None else []
    if lacking:
        raise CannotGrant(f"{what} allows what you may not do yourself: {', '.join(lacking[:5])}.")


def require_covers_role(
    held: Access | None,
    role: Role,
    *,
    period: Period = ALWAYS,
    keep: Callable[[str], bool] = lambda _: True,
) -> None:
    """Refuse somebody who gives a role, for the whole tenant, that allows what they may not do.

    Args:
        held: what they hold; None for the platform itself.
        role: of the current tenant.
        period: for how long it is given.
        keep: which permissions of the role are given at all, by name.

    Raises:
        CannotGrant: something is missing; the detail says what.
    """
    allowed = allowed_by([role.pk])[role.pk]
    proposed = {
        name: (Entitlement(each.scope, period=period),)
        for name, each in allowed.items()
        if keep(name)
    }
    require_covers(
        held, ProposedGrant(proposed, frozenset({NO_TEAM})), what=f"The role {role.name}"
    )


def require_within_rights(
    user: User, *, actor: Actor, held: Access | None, acting: bool = False
) -> None:
    """Refuse somebody who would change a user who may do more than they.

    Args:
        user: who is to be changed; oneself, one may, but not through a token with limits.
        actor: who changes them.
        held: what the actor holds.
        acting: whether the actor gets to act as the user. Then what is the user's own, and
            that of their teams, comes with it: the actor must reach it already.

    Raises:
        CannotGrant: the user may do what the actor may not.
    """
    if user == actor and getattr(actor, "through", None) is None:
        return
    theirs = access_of(user.pk, user.tenant_id, None)
    paths = {
        name: tuple(_of_all(name, path) for path in paths) if acting else paths
        for name, paths in theirs.entitlements.items()
    }
    require_covers(held, ProposedGrant(paths, theirs.team_ids), what=f"The user {user}")


def _of_all(name: str, path: Entitlement) -> Entitlement:
    """The same for everybody's objects, if the permission can be held so."""
    wider = Scope.TENANT in get(name).scopes and Scope.TENANT.covers(path.scope)
    return replace(path, scope=Scope.TENANT) if wider else path


def given_by(grants: list[RoleGrant]) -> dict[str, tuple[Entitlement, ...]]:
    """What these grants give to whoever they are made to."""
    held = [as_holding(grant) for grant in grants]
    return entitlements(held, allowed_by({grant.role_id for grant in held}))


def _end_delegations(actor: Actor) -> None:
    """End what was passed on and is not the giver's any more, or not theirs to pass on."""
    if _DELEGATED.first(current_tenant().id) is None:
        return
    rows = RoleGrant.objects.current_or_coming().filter(delegated_by__isnull=False)
    delegated = list(rows.select_related("delegated_by", "role", "user"))
    allowed = allowed_by({grant.role_id for grant in delegated})
    teams = teams_of_users({grant.user.pk for grant in delegated})
    givers = {grant.delegated_by_id: grant.delegated_by for grant in delegated}
    held = {key: _access_now(giver) for key, giver in givers.items()}
    for grant in delegated:
        given = ProposedGrant(entitlements([as_holding(grant)], allowed), teams[grant.user.pk])
        if not_delegable(allowed[grant.role_id]) or missing(held[grant.delegated_by_id], given):
            _end_delegation(grant, actor)


def _access_now(giver: User) -> Access:
    if not giver.is_active:
        return NOTHING_HELD
    return access_of(giver.pk, giver.tenant_id, None).original()


def _end_delegation(grant: RoleGrant, actor: Actor) -> None:
    changes = {"role": grant.role.key, "delegated_by": grant.delegated_by.username}
    record("role.undelegate", grant.user, actor=actor, changes=changes)
    grant.delete()


def not_delegable(names: Iterable[str]) -> list[str]:
    """Those of these permissions that stay with whoever holds them."""
    return [name for name in sorted(names) if not get(name).delegable]
