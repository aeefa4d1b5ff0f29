"""Who may say how a tenant's people sign in, and whom it trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rbac.services.access import admin_key, lock_access, require_covers_role
from rbac.services.roles import find_role

if TYPE_CHECKING:
    from iac_platform.common.audit import Actor


def require_admins_rights(actor: Actor) -> None:
    """Go on only with all that an admin may do; who holds that stays until the transaction ends.

    Raises:
        CannotGrant: an admin may do what the actor may not.
    """
    held = lock_access(actor)
    if held is not None:
        require_covers_role(held, find_role(admin_key()))
