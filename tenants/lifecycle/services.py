"""A tenant's life: which status follows which, and the one function that moves a tenant on.

``provisioning → invited → active ⇄ suspended``, and from each of them to ``pending_deletion``
and back, until the deletion is due; ``tenants.erasure`` does the rest.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from iac_platform.common.changes import changing, lock
from tenants import errors
from tenants.context import current_tenant_id, no_tenant_scope, tenant_scope
from tenants.models import (
    PLATFORM_TENANT_ID,
    Operation,
    OperationKind,
    OperationStatus,
    Tenant,
    TenantStatus,
)
from tenants.permissions import DELETE_TENANT, UPDATE_TENANT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.db.models import QuerySet

    from iac_platform.common.audit import Actor
    from iac_platform.common.permissions import Permission

_ALIVE = (
    TenantStatus.PROVISIONING,
    TenantStatus.INVITED,
    TenantStatus.ACTIVE,
    TenantStatus.SUSPENDED,
)
# What may follow what, and what the operator's log calls it.
TRANSITIONS: Mapping[tuple[TenantStatus, TenantStatus], str] = {
    (TenantStatus.PROVISIONING, TenantStatus.ACTIVE): "tenant.activate",
    (TenantStatus.PROVISIONING, TenantStatus.INVITED): "tenant.invite",
    (TenantStatus.INVITED, TenantStatus.ACTIVE): "tenant.accept_invitation",
    (TenantStatus.ACTIVE, TenantStatus.SUSPENDED): "tenant.suspend",
    (TenantStatus.SUSPENDED, TenantStatus.ACTIVE): "tenant.reactivate",
    **{(status, TenantStatus.PENDING_DELETION): "tenant.request_deletion" for status in _ALIVE},
    **{(TenantStatus.PENDING_DELETION, status): "tenant.cancel_deletion" for status in _ALIVE},
}
# The moves that somebody may ask for by naming a status; each other one has its own use case.
SWITCHES = frozenset(
    {
        (TenantStatus.ACTIVE, TenantStatus.SUSPENDED),
        (TenantStatus.SUSPENDED, TenantStatus.ACTIVE),
    }
)


def change_status(
    tenant: Tenant,
    status: TenantStatus,
    *,
    actor: Actor,
    permission: Permission = UPDATE_TENANT,
    **fields: Any,
) -> Tenant:
    """Move a tenant to another status, and tell the operator's log.

    Args:
        tenant: which one; its row is locked and read again.
        status: what it becomes.
        actor: who moves it.
        permission: what they need for it.
        fields: further fields of the tenant that change with it.

    Raises:
        NotPermitted: the actor may not do it.
        WrongStatus: its present status does not lead there.
        PlatformIsFixed: it is the operator's own tenant, which stays active.
    """
    with operators_scope(), transaction.atomic():
        fresh = lock(tenant, actor=actor, permission=permission)
        return _become(fresh, status, actor=actor, **fields)


def _become(
    locked: Tenant,
    status: TenantStatus,
    *,
    actor: Actor,
    context: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Tenant:
    with changing(
        locked,
        actor=actor,
        permission=None,
        action=_action(locked, status),
        describe=lambda row: {"status": str(row.status)},
        context=context,
    ) as draft:
        for name, value in {**fields, "status": status}.items():
            setattr(draft, name, value)
    return draft


def _action(tenant: Tenant, status: TenantStatus) -> str:
    before = TenantStatus(tenant.status)
    if tenant.is_platform and before != TenantStatus.PROVISIONING:
        raise errors.PlatformIsFixed("Without the operator's tenant everyone would be locked out.")
    action = TRANSITIONS.get((before, status))
    if action is None:
        raise errors.WrongStatus(
            f"The tenant is “{before.label.lower()}”, and cannot become "
            f"“{status.label.lower()}” from there."
        )
    return action


@contextmanager
def operators_scope() -> Iterator[None]:
    """The scope in which tenants' own rows are changed, and whose log tells of it."""
    if current_tenant_id() == PLATFORM_TENANT_ID:
        yield
        return
    with no_tenant_scope():
        platform = Tenant.objects.select_related("placement").get(pk=PLATFORM_TENANT_ID)
    with tenant_scope(platform):
        yield


def switch(
    tenant: Tenant, status: TenantStatus, *, actor: Actor, revision: int | None = None
) -> Tenant:
    """Suspend or reactivate a tenant; asking for what it is already changes nothing.

    Raises:
        NotPermitted: the actor may not change tenants.
        RevisionConflict: the tenant changed since.
        WrongStatus: the tenant is neither active nor suspended.
        PlatformIsFixed: see ``change_status``.
    """
    with operators_scope(), transaction.atomic():
        fresh = lock(tenant, actor=actor, permission=UPDATE_TENANT, revision=revision)
        if status == fresh.status:
            return fresh
        _require_switch(fresh, status)
        return _become(fresh, status, actor=actor)


def _require_switch(tenant: Tenant, status: TenantStatus) -> None:
    before = TenantStatus(tenant.status)
    if not tenant.is_platform and (before, status) not in SWITCHES:
        raise errors.WrongStatus(
            f"The tenant is “{before.label.lower()}”; only active tenants can be suspended "
            "and suspended ones reactivated."
        )


def status_once_provisioned(tenant: Tenant) -> TenantStatus:
    """What a tenant becomes when its placement stands and its first rows are written."""
    return TenantStatus.INVITED if tenant.invitee else TenantStatus.ACTIVE


def request_deletion(
    tenant: Tenant, *, actor: Actor, reason: str = "", revision: int | None = None
) -> Tenant:
    """Close a tenant at once, and have it deleted for good when its grace period is over.

    Args:
        tenant: which one; nobody is let in from now on.
        actor: the operator.
        reason: why, for the operator's log.
        revision: the revision the caller has seen; None skips the comparison.

    Raises:
        NotPermitted: the actor may not delete tenants.
        RevisionConflict: the tenant changed since.
        WrongStatus: its deletion is requested already.
        PlatformIsFixed: it is the operator's own tenant.
    """
    due = timezone.now() + timedelta(days=settings.TENANT_DELETION_GRACE_DAYS)
    with operators_scope(), transaction.atomic():
        fresh = lock(tenant, actor=actor, permission=DELETE_TENANT, revision=revision)
        return _become(
            fresh,
            TenantStatus.PENDING_DELETION,
            actor=actor,
            context={"reason": reason, "due": due.isoformat()},
            deletion_due_at=due,
            status_before_deletion=fresh.status,
        )


def cancel_deletion(tenant: Tenant, *, actor: Actor, revision: int | None = None) -> Tenant:
    """Make a tenant what it was before its deletion was requested.

    Raises:
        NotPermitted: the actor may not delete tenants.
        RevisionConflict: the tenant changed since.
        WrongStatus: no deletion was requested.
        DeletionUnderWay: it has begun, or is about to; some rows may be gone.
    """
    with operators_scope(), transaction.atomic():
        fresh = lock(tenant, actor=actor, permission=DELETE_TENANT, revision=revision)
        if fresh.status != TenantStatus.PENDING_DELETION:
            raise errors.WrongStatus("Nobody has requested the tenant's deletion.")
        if _erasures(fresh).exists():
            raise errors.DeletionUnderWay("What is deleted cannot be brought back; use a backup.")
        return _become(
            fresh,
            TenantStatus(fresh.status_before_deletion),
            actor=actor,
            deletion_due_at=None,
            status_before_deletion="",
        )


def open_erasure(tenant: Tenant) -> Operation | None:
    """The operation that deletes the tenant for good, while it is queued or was interrupted."""
    return (
        _erasures(tenant).filter(status__in=(OperationStatus.QUEUED, OperationStatus.RUNNING))
    ).first()


def _erasures(tenant: Tenant) -> QuerySet[Operation]:
    """Also those that failed midway.

    One that is done is of an earlier life: the tenant was brought back from an archive.
    """
    return Operation.objects.filter(tenant_id=tenant.pk, kind=OperationKind.DELETE).exclude(
        status__in=(OperationStatus.CANCELLED, OperationStatus.DONE)
    )
