"""The operator's way into a new tenant: its first admin."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.db import transaction

from rbac.errors import TenantHasAdmin
from rbac.permissions import CREATE_USER, GRANT_ROLE
from rbac.services.access import (
    ADMIN,
    has_lasting,
    lock_access,
    require_covers_role,
    require_permissions,
)
from rbac.services.roles import find_role
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.errors import TenantNotReady, WrongStatus
from tenants.models import Tenant, TenantStatus

if TYPE_CHECKING:
    from iac_platform.common.audit import Actor
    from rbac.models import User


@transaction.atomic
def create_admin(tenant: Tenant, *, username: str, email: str, actor: Actor) -> tuple[User, str]:
    """Add the first admin to a tenant; the tenant's own log tells who did it.

    Once a tenant has an admin, its people are its own affair: the operator cannot add
    an account to look inside.

    Returns:
        The admin, and the password that they sign in with at first.

    Raises:
        TenantNotReady: its placement is still being made.
        WrongStatus: its first admin is invited.
        TenantHasAdmin: somebody administers the tenant already.
        NotPermitted, CannotGrant: see ``require_may_make_admin``.
    """
    if tenant.status == TenantStatus.PROVISIONING:
        raise TenantNotReady("The tenant is being provisioned. Try again in a moment.")
    if tenant.status == TenantStatus.INVITED:
        raise WrongStatus("Its first admin is invited; send them the invitation's link.")
    password = secrets.token_urlsafe(18)
    # Held until the end: of two operators at once, one is told that there is an admin.
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    with tenant_scope(tenant):
        if has_lasting(ADMIN):
            raise TenantHasAdmin(f"An admin of {tenant.slug} can add further people.")
        require_may_make_admin(actor)
        user = create_user(
            username=username, email=email, password=password, roles=[ADMIN], actor=actor
        )
    return user, password


def require_may_make_admin(actor: Actor) -> None:
    """Refuse somebody who would make an admin of the current tenant and may not.

    It is what adding the user and granting them the role would ask; whoever gives the
    same by another way, such as a link, asks it by this.

    Raises:
        NotPermitted: the actor may not add users, or not grant roles.
        CannotGrant: an admin may do what the actor may not.
    """
    held = lock_access(actor)
    require_permissions(held, CREATE_USER)
    require_permissions(held, GRANT_ROLE)
    require_covers_role(held, find_role(ADMIN))
