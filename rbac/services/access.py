"""Changing who may do what: one change at a time, none that goes too far, all at once seen."""

from __future__ import annotations

import uuid
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from rbac.access.coverage import Giving, missing
from rbac.access.holdings import entitlements
from rbac.access.loading import access_of
from rbac.errors import CannotGrant, LastAdmin
from rbac.models import AccessStamp, RoleGrant, TeamMember, User, UserKind
from rbac.selectors import allowed_by, as_holding
from rbac.services.audit import record
from tenants.context import current_tenant
from tenants.models import PLATFORM_TENANT_ID
from tenants.services.lifecycle import operators_scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iac_platform.common.audit import Actor
    from rbac.access.holdings import Access, Entitlement

ADMIN = "admin"
OPERATOR = "operator"


@contextmanager
def access_change(actor: Actor) -> Iterator[Access | None]:
    """Change who may do what in the current tenant, inside the block.

    Changes of one tenant wait for each other, so that what is checked stays true until it
    is written. At the end whatever was delegated by somebody who does not hold it any more
    ends, and the tenant's stamp is another: the next request of anybody asks anew.

    Yields:
        What the actor holds, read after the others' changes; None for the platform itself.

    Raises:
        LastAdmin: the tenant had a lasting admin and would be left without.
    """
    with transaction.atomic():
        _renew_stamp()
        had_admin = has_admin()
        yield _held_by(actor)
        _end_delegations(actor)
        if had_admin and not has_admin():
            raise LastAdmin("Make somebody else an admin first, without limits and without an end.")
        # Again, lest anything read in between be kept.
        _renew_stamp()


def _held_by(actor: Actor) -> Access | None:
    """What the actor holds by now; the operator's staff where they are at home."""
    if not isinstance(actor, User):
        return None
    with operators_scope() if actor.tenant_id == PLATFORM_TENANT_ID else nullcontext():
        return actor.read_access_again()


def _renew_stamp() -> None:
    """Replace the tenant's stamp; its row is locked until the transaction ends."""
    # Random and not counted: a number that was rolled back would come again.
    fresh = uuid.uuid4()
    tenant_id = current_tenant().id
    if not AccessStamp.objects.filter(tenant_id=tenant_id).update(stamp=fresh):
        AccessStamp.objects.bulk_create(
            [AccessStamp(stamp=fresh)],
            update_conflicts=True,
            unique_fields=["tenant_id"],
            update_fields=["stamp"],
        )


def has_admin() -> bool:
    """Whether somebody administers the current tenant; in the operator's, all tenants."""
    return has_lasting(OPERATOR if current_tenant().is_platform else ADMIN)


def has_lasting(key: str) -> bool:
    """Whether one of the tenant's people has a system role, without limits and without an end.

    The operator's staff in a tenant count as nobody, and a service account neither.
    """
    grants = RoleGrant.objects.lasting().filter(role__key=key, role__is_custom=False)
    people = {"user__is_active": True, "user__kind": UserKind.PERSON}
    if grants.filter(**people).exists():
        return True
    teams = list(grants.filter(team__isnull=False).values_list("team_id", flat=True))
    inside = Q(team_id__in=teams) | Q(team__ancestors__overlap=teams)
    return bool(teams) and TeamMember.objects.filter(inside, **people).exists()


def require_covers(held: Access | None, giving: Giving, *, what: str) -> None:
    """Refuse somebody who gives, or takes, what they do not hold.

    Args:
        held: what they hold; None for the platform itself.
        giving: what is to be given.
        what: the beginning of the refusal, such as ``The role Viewer``.

    Raises:
        CannotGrant: something is missing; the detail says what.
    """
    lacking = missing(held, giving) if held is not None else []
    if lacking:
        raise CannotGrant(f"{what} allows what you may not do yourself: {', '.join(lacking[:5])}.")


def require_within_rights(user: User, *, held: Access | None) -> None:
    """Refuse somebody who would get to act as a user who may do more than they.

    Raises:
        CannotGrant: the user may do what the actor may not.
    """
    theirs = access_of(user.pk, user.tenant_id, None)
    require_covers(held, Giving(theirs.entitlements, theirs.team_ids), what=f"The user {user}")


def given_by(grants: list[RoleGrant]) -> dict[str, tuple[Entitlement, ...]]:
    """What these grants give to whoever they are made to."""
    held = [as_holding(grant) for grant in grants]
    return entitlements(held, allowed_by({grant.role_id for grant in held}))


def _end_delegations(actor: Actor) -> None:
    """End what was passed on by people who do not hold it themselves any more."""
    delegated = RoleGrant.objects.filter(delegated_by__isnull=False)
    for grant in delegated.select_related("delegated_by", "role", "user"):
        giver = grant.delegated_by
        held = access_of(giver.pk, giver.tenant_id, None).original()
        if not giver.is_active or missing(held, Giving(given_by([grant]))):
            record(
                "role.undelegate",
                grant.user,
                actor=actor,
                changes={"role": grant.role.key, "delegated_by": giver.username},
            )
            grant.delete()
