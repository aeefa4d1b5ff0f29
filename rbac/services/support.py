"""Break-glass access: the operator's staff in a tenant, time-limited and in its sight."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from iac_platform.common.changes import lock
from iac_platform.common.errors import NotPermitted
from rbac.access.holdings import Period
from rbac.errors import InvalidSupportAccess
from rbac.models import ApiToken, Role, RoleGrant, SupportAccess, User, UserKind
from rbac.models.support import LONGEST
from rbac.permissions import CREATE_SUPPORT_ACCESS, DELETE_SUPPORT_ACCESS
from rbac.policy import require
from rbac.services.access import lock_access, require_covers_role, require_permissions
from rbac.services.audit import record
from rbac.services.roles import find_role
from rbac.services.tokens import create_token
from rbac.system_roles import grantable_to_support, within_support
from tenants.context import current_tenant, tenant_scope
from tenants.models import PLATFORM_TENANT_ID, Tenant

if TYPE_CHECKING:
    from iac_platform.common.audit import Actor

DEFAULT_ROLE = "viewer"
DEFAULT_MINUTES = 60
LONGEST_MINUTES = int(LONGEST.total_seconds() // 60)
_REASON_LENGTHS = range(10, 501)
_NOT_IN_A_USERNAME = re.compile(r"[^\w.@+-]", re.ASCII)


@dataclass(frozen=True, slots=True)
class SupportGrant:
    """What the operator gets: the access, and its secret for the only time."""

    access: SupportAccess
    token: str = field(repr=False)


@transaction.atomic
def grant_support_access(
    tenant: Tenant,
    *,
    operator: Actor,
    reason: str,
    role: str = DEFAULT_ROLE,
    minutes: int = DEFAULT_MINUTES,
) -> SupportGrant:
    """Let one of the operator's staff into a tenant; both audit logs say so.

    Call it in the operator's scope.

    Args:
        tenant: where they need to look.
        operator: who they are.
        reason: why, in 10 to 500 characters; the tenant reads it.
        role: the key of a system role of the tenant's.
        minutes: how long, at most 240.

    Raises:
        NotPermitted: the actor is not of the operator's staff, or may not do this.
        CannotGrant: what is left of the role for staff allows what the actor may not do.
        InvalidSupportAccess: the reason, role or length does not fit, or the tenant cannot
            be entered; the detail says which.
    """
    _require_operator(operator)
    reason = reason.strip()
    _require_sense(tenant, reason=reason, role=role, minutes=minutes)
    with tenant_scope(tenant):
        held = lock_access(operator)
        require_permissions(held, CREATE_SUPPORT_ACCESS)
        grant = open_access(operator=operator, reason=reason, role=role, minutes=minutes)
        while_open = Period(expires_at=grant.access.expires_at)
        require_covers_role(held, find_role(role), period=while_open, keep=within_support)
        changes = {
            "reason": reason,
            "role": role,
            "user": grant.access.user.username,
            "expires_at": f"{grant.access.expires_at:%Y-%m-%dT%H:%M:%SZ}",
        }
        record("support_access.create", grant.access, actor=operator, changes=changes)
    record("support_access.create", tenant, actor=operator, changes=changes)
    return grant


def _require_operator(operator: Actor) -> None:
    if not current_tenant().is_platform:
        raise NotPermitted("Support access is given in the operator's scope.")
    if isinstance(operator, User):
        if operator.tenant_id != PLATFORM_TENANT_ID:
            raise NotPermitted("Only the operator's own staff enter other tenants.")
        require(operator, CREATE_SUPPORT_ACCESS)


def _require_sense(tenant: Tenant, *, reason: str, role: str, minutes: int) -> None:
    problems = {}
    if len(reason) not in _REASON_LENGTHS:
        problems["reason"] = "Say why in 10 to 500 characters: the tenant reads it."
    if role not in grantable_to_support():
        problems["role"] = f"The roles are: {', '.join(grantable_to_support())}."
    if not 1 <= minutes <= LONGEST_MINUTES:
        problems["minutes"] = f"1 to {LONGEST_MINUTES} minutes; ask again for more."
    if tenant.is_platform:
        problems["tenant"] = "The operator's own tenant has users of its own."
    elif not tenant.is_usable:
        problems["tenant"] = f"{tenant.slug} is {tenant.status}: its host answers nobody."
    if problems:
        raise InvalidSupportAccess.of_fields({name: [text] for name, text in problems.items()})


@transaction.atomic
def open_access(*, operator: Actor, reason: str, role: str, minutes: int) -> SupportGrant:
    """Make the user, access and token in the current tenant; the rules are its caller's."""
    expires_at = timezone.now() + timedelta(minutes=minutes)
    user = User(username=_username(operator), kind=UserKind.SUPPORT)
    user.set_unusable_password()
    user.save(force_insert=True)
    held: Role = find_role(role)
    # It ends with the access, and whoever looks at grants sees when.
    RoleGrant.objects.create(
        user=user, role=held, granted_by=operator.audit_id, expires_at=expires_at
    )
    access = SupportAccess.objects.create(
        operator_id=operator.audit_id,
        operator_name=operator.audit_name[:200],
        reason=reason,
        role_key=held.key,
        user=user,
        expires_at=expires_at,
    )
    _, token = create_token(user, name="support access", actor=operator, expires_at=expires_at)
    return SupportGrant(access, token)


def _username(operator: Actor) -> str:
    """A name that tells who it is, and that no tenant can give: it has colons."""
    name = _NOT_IN_A_USERNAME.sub("-", operator.audit_name)[:100]
    return f"support:{name}:{secrets.token_hex(4)}"


@transaction.atomic
def revoke_support_access(access: SupportAccess, *, actor: Actor) -> SupportAccess:
    """End an access; the next request under it is refused. Doing it again changes nothing.

    Raises:
        ObjectNotFound: there is none, or the actor may not see it.
        NotPermitted: the actor may not end it.
    """
    fresh = lock(access, actor=actor, permission=DELETE_SUPPORT_ACCESS)
    if fresh.revoked_at is not None:
        return fresh
    fresh.revoked_at = timezone.now()
    fresh.revoked_by = actor.audit_name[:200]
    fresh.save(update_fields=["revoked_at", "revoked_by"])
    User.objects.filter(pk=fresh.user_id).update(is_active=False)
    ApiToken.objects.filter(user_id=fresh.user_id, revoked_at__isnull=True).update(
        revoked_at=fresh.revoked_at
    )
    record(
        "support_access.revoke",
        fresh,
        actor=actor,
        changes={
            "operator": fresh.operator_name,
            "user": fresh.user.username,
            "revoked_at": [None, fresh.revoked_at],
        },
    )
    return fresh


def end_all() -> None:
    """End every support access of a tenant that was imported: it was given elsewhere.

    The owner runs it, whom row-level security shows the neighbours as well.
    """
    own = SupportAccess.objects.live().filter(tenant_id=current_tenant().pk)
    own.update(revoked_at=timezone.now(), revoked_by="import")


def note_use(user: User) -> None:
    """Note when an access is used for the first time; for anybody else do nothing."""
    if not user.is_support:
        return
    unused = SupportAccess.objects.filter(user=user, first_used_at__isnull=True)
    if not unused.exists():
        return
    with transaction.atomic():
        # Of two first requests at once, one is the first.
        if unused.update(first_used_at=timezone.now()):
            access = SupportAccess.objects.get(user=user)
            record("support_access.use", access, actor=user, changes={"reason": access.reason})
