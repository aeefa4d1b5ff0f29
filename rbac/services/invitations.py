"""Inviting the first admin of a tenant and further people, and being invited."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from iac_platform.common.audit import SystemActor
from iac_platform.common.changes import changing
from iac_platform.common.errors import NotPermitted
from iac_platform.common.hooks import Hook, Hooks
from rbac.errors import CannotGrant, InvitationRefused, TooManyInvitations, UnknownRole
from rbac.models import Invitation, User
from rbac.permissions import CREATE_USER, GRANT_ROLE
from rbac.selectors import user_by_id
from rbac.services.access import (
    ADMIN,
    lock_access,
    require_covers_role,
    require_permissions,
)
from rbac.services.admins import require_may_make_admin
from rbac.services.audit import record
from rbac.services.roles import find_role
from rbac.services.users import add_user, new_user
from tenants.context import current_tenant, tenant_scope
from tenants.errors import TenantNotReady, WrongStatus
from tenants.lifecycle.services import change_status, operators_scope
from tenants.models import Tenant, TenantStatus
from tenants.selectors import lock_tenant, origin_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from iac_platform.common.audit import Actor

# Refuses invitations where people sign in without passwords: whoever signs them in stands above.
PASSWORD_RULE: Hook[Callable[[], object]] = Hook("rule on passwords")

# Whoever sends them stands above as well; without one, whoever invites passes the link on.
SENDERS: Hooks[Callable[[Invitation, str], object]] = Hooks("senders of invitations")

_ACTOR = SystemActor("invitation")
_TOKEN_BYTES = 32
MOST_INVITATIONS = 200


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
    # Asked by require_may_make_admin: an invitation gives more than a change of the tenant.
    with changing(tenant, actor=actor, permission=None, describe=lambda _: {}) as draft:
        _require_waiting(draft)
        with tenant_scope(draft):
            require_may_make_admin(actor)
        draft.invitee = email or draft.invitee
    # Both logs tell of it: the operator's, and the one that the new admin will read.
    record("tenant.invite_admin", draft, actor=actor, changes={"email": draft.invitee})
    with tenant_scope(draft):
        Invitation.objects.all().delete()
        return _write(Invitation(email=draft.invitee), actor)


@transaction.atomic
def invite_user(*, email: str, actor: User, roles: Iterable[str] = ()) -> tuple[Invitation, str]:
    """Invite somebody to become a user of the current tenant.

    An earlier invitation to the same address ends. What the actor may give is asked again
    when it is accepted.

    Args:
        email: the address of the invited person; it becomes the user's.
        actor: one of the tenant's people, who may add users.
        roles: names or keys of roles to grant, each within the actor's own rights.

    Returns:
        The invitation, and its token: this is the only time that it can be seen.

    Raises:
        NotPermitted: the actor may not add users, or there are roles and they may not grant.
        UnknownRole: the tenant has no such role.
        CannotGrant: a role allows something that the actor may not do.
        TooManyInvitations: there are as many open ones as a tenant may have.
        SingleSignOnRequired: the tenant takes no passwords of new people.
    """
    wanted = [find_role(name) for name in dict.fromkeys(roles)]
    held = lock_access(actor)
    require_permissions(held, CREATE_USER)
    if wanted:
        require_permissions(held, GRANT_ROLE)
    for role in wanted:
        require_covers_role(held, role)
    PASSWORD_RULE.get()()
    Invitation.objects.unused().filter(email__iexact=email).update(revoked_at=timezone.now())
    _require_quota()
    invitation = Invitation(email=email, roles=[role.key for role in wanted], invited_by=actor)
    return _write(invitation, actor)


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, actor: Actor) -> None:
    """Make an invitation void; one that was accepted changes nothing any more.

    Raises:
        NotPermitted: the actor may not add users (any more).
    """
    require_permissions(lock_access(actor), CREATE_USER)
    for fresh in Invitation.objects.unused().select_for_update().filter(pk=invitation.pk):
        fresh.revoked_at = timezone.now()
        fresh.save(update_fields=["revoked_at"])
        record("invitation.revoke", fresh, actor=actor, changes={"email": fresh.email})


def _write(invitation: Invitation, actor: Actor) -> tuple[Invitation, str]:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    invitation.digest = _digest(token)
    invitation.expires_at = timezone.now() + timedelta(days=settings.INVITATION_DAYS)
    invitation.save(force_insert=True)
    changes = {"email": invitation.email, "roles": invitation.roles}
    record("invitation.create", invitation, actor=actor, changes=changes)
    for send in SENDERS.all().values():
        send(invitation, token)
    return invitation, token


def _require_quota() -> None:
    """The tenant's access is held, so this stays true until it is written."""
    if Invitation.objects.open().count() >= MOST_INVITATIONS:
        raise TooManyInvitations(
            f"A tenant has at most {MOST_INVITATIONS} open invitations. Revoke some."
        )


def _require_waiting(tenant: Tenant) -> None:
    if tenant.status == TenantStatus.PROVISIONING:
        raise TenantNotReady("The tenant is being provisioned. Try again in a moment.")
    if tenant.status != TenantStatus.INVITED:
        raise WrongStatus("Only a tenant that was created with an invitation waits for an admin.")


def accept_invitation(*, token: str, username: str, password: str, full_name: str = "") -> User:
    """Become a user of the current tenant; with the first admin's invitation, it opens.

    Args:
        token: what the invitation's link carries; good for one time.
        username: what the user signs in with.
        password: likewise.
        full_name: what others read.

    Raises:
        InvitationRefused: the token is wrong, used, replaced or too old, the tenant does not
            wait for an admin any more, or whoever invited may not do so by now; which of
            them, nobody is told.
        WeakPassword, InvalidUser, UsernameTaken, QuotaExceeded: the token is right, and good
            for another try.
        SingleSignOnRequired: likewise; the tenant takes no passwords of new people.
    """
    # Whoever only guesses takes no lock, and has nothing hashed.
    opened = _open_invitation(token)
    PASSWORD_RULE.get()()
    user = new_user(username=username, email=opened.email, full_name=full_name, password=password)
    accept = _become_first_admin if opened.invited_by_id is None else _become_user
    with transaction.atomic():
        return accept(token, user)


def _become_first_admin(token: str, user: User) -> User:
    tenant = current_tenant()
    with operators_scope():
        # One at a time: whoever comes second finds the invitation used.
        status = lock_tenant(tenant, "placement").status
    invitation = _open_invitation(token)
    if status != TenantStatus.INVITED:
        raise InvitationRefused
    # In this order, as all locks (``tenants.locks``).
    lock_access(_ACTOR)
    _note_acceptance(invitation, user.username)
    add_user(user, roles=[ADMIN], actor=_ACTOR)
    with operators_scope():
        change_status(tenant, TenantStatus.ACTIVE, actor=_ACTOR, invitee="")
    return user


def _become_user(token: str, user: User) -> User:
    """Be added by whoever invited, with what they may give now."""
    # In this order, as all locks (``tenants.locks``).
    lock_access(_ACTOR)
    PASSWORD_RULE.get()()  # again: it is as it is until the user is added
    invitation = _open_invitation(token, lock=True)
    by = invitation.invited_by_id
    inviter = user_by_id(by) if by is not None else None
    if inviter is None:
        raise InvitationRefused
    try:
        add_user(user, roles=invitation.roles, actor=inviter)
    except (NotPermitted, CannotGrant, UnknownRole) as error:
        raise InvitationRefused from error
    _note_acceptance(invitation, user.username)
    return user


def _note_acceptance(invitation: Invitation, username: str) -> None:
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    record("invitation.accept", invitation, actor=_ACTOR, changes={"username": username})


def _open_invitation(token: str, *, lock: bool = False) -> Invitation:
    rows = Invitation.objects.open().filter(digest=_digest(token))
    found: Invitation | None = (rows.select_for_update() if lock else rows).first()
    if found is None:
        raise InvitationRefused
    return found


def _digest(token: str) -> str:
    """A plain SHA-256 sufficient, as the token has 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def invitation_link(tenant: Tenant, token: str, *, scheme: str = "https", port: str = "") -> str:
    """Where the invited person goes.

    The token stands after the ``#``, which browsers send to no server: it is in no log.
    """
    origin = origin_of(tenant, scheme=scheme, port=port)
    return f"{origin}{settings.INVITATION_PAGE}#{token}"
