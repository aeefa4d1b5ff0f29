"""Inviting the first admin of a tenant, and being invited."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from iac_platform.common.audit import SystemActor
from rbac.errors import InvitationRefused
from rbac.models import Invitation, User
from rbac.services.access import ADMIN, hold_access
from rbac.services.admins import require_may_make_admin
from rbac.services.audit import record
from rbac.services.users import create_user
from tenants.context import current_tenant, tenant_scope
from tenants.errors import TenantNotReady, WrongStatus
from tenants.models import Tenant, TenantStatus
from tenants.services.lifecycle import locked, move, operators_scope

if TYPE_CHECKING:
    from iac_platform.common.audit import Actor

_ACTOR = SystemActor("invitation")
_TOKEN_BYTES = 32


@transaction.atomic
def invite_admin(tenant: Tenant, *, actor: Actor, email: str = "") -> tuple[Invitation, str]:
    """Invite the first admin of a tenant that waits for one; earlier invitations end.

    Call it in the operator's scope.

    Args:
        tenant: which one; it must have been created with an invitation.
        actor: the operator.
        email: another address than the one given before.

    Returns:
        The invitation, and its token: this is the only time that it can be seen.

    Raises:
        TenantNotReady: its placement is still being made.
        WrongStatus: it does not wait for a first admin.
        NotPermitted, CannotGrant: the actor could not add an admin themselves, see
            ``create_admin``: whoever has the link becomes one.
    """
    fresh = locked(tenant)
    _require_waiting(fresh)
    with tenant_scope(fresh):
        require_may_make_admin(actor)
    if email and email != fresh.invitee:
        fresh.invitee = email
        fresh.revision += 1
        fresh.save()
    # Both logs tell of it: the operator's, and the one that the new admin will read.
    record("tenant.invite_admin", fresh, actor=actor, changes={"email": fresh.invitee})
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with tenant_scope(fresh):
        Invitation.objects.all().delete()
        invitation = Invitation.objects.create(
            email=fresh.invitee,
            digest=_digest(token),
            expires_at=timezone.now() + timedelta(days=settings.INVITATION_DAYS),
        )
        record("invitation.create", invitation, actor=actor, changes={"email": fresh.invitee})
    return invitation, token


def _require_waiting(tenant: Tenant) -> None:
    if tenant.status == TenantStatus.PROVISIONING:
        raise TenantNotReady("The tenant is being provisioned. Try again in a moment.")
    if tenant.status != TenantStatus.INVITED:
        raise WrongStatus("Only a tenant that was created with an invitation waits for an admin.")


@transaction.atomic
def accept_invitation(*, token: str, username: str, password: str, full_name: str = "") -> User:
    """Become the first admin of the current tenant, which opens with it.

    Args:
        token: what the invitation's link carries; good for one time.
        username: what the admin signs in with.
        password: likewise.
        full_name: what others read.

    Raises:
        InvitationRefused: the token is wrong, used, replaced or too old, or the tenant does
            not wait for an admin any more; which of them, nobody is told.
        WeakPassword, InvalidUser: the token is right, and good for another try.
    """
    tenant = current_tenant()
    # Whoever only guesses takes no lock.
    _open_invitation(token)
    with operators_scope():
        # One at a time: whoever comes second finds the invitation used.
        status = locked(tenant).status
    invitation = _open_invitation(token)
    if status != TenantStatus.INVITED:
        raise InvitationRefused
    # In this order, as all locks (``tenants.locks``).
    hold_access(_ACTOR)
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    user = create_user(
        username=username,
        email=invitation.email,
        full_name=full_name,
        password=password,
        roles=[ADMIN],
        actor=_ACTOR,
    )
    record("invitation.accept", invitation, actor=_ACTOR, changes={"username": username})
    with operators_scope():
        move(tenant, TenantStatus.ACTIVE, actor=_ACTOR, invitee="")
    return user


def _open_invitation(token: str) -> Invitation:
    found: Invitation | None = Invitation.objects.filter(
        digest=_digest(token), accepted_at=None, expires_at__gt=timezone.now()
    ).first()
    if found is None:
        raise InvitationRefused
    return found


def _digest(token: str) -> str:
    """A plain SHA-256 suffices, as the token has 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def invitation_link(tenant: Tenant, token: str, *, scheme: str = "https", port: str = "") -> str:
    """Where the invited person goes.

    The token stands after the ``#``, which browsers send to no server: it is in no log.
    """
    host = tenant.domains.filter(is_primary=True).values_list("domain", flat=True).get()
    at = f"{host}:{port}" if port else host
    return f"{scheme}://{at}{settings.INVITATION_PAGE}#{token}"
