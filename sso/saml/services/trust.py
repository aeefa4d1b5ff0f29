"""Who may say whom a tenant trusts, and what ends when that changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rbac.services.access import ADMIN, OPERATOR, lock_access, require_covers_role
from rbac.services.roles import find_role
from sso.sign_in.models import Session
from tenants.context import current_tenant

if TYPE_CHECKING:
    from iac_platform.common.audit import Actor
    from sso.saml.models import SamlConfiguration


def require_admins_rights(actor: Actor) -> None:
    """Go on only with all that an admin may do; who holds that stays until the transaction ends.

    Raises:
        CannotGrant: an admin may do what the actor may not.
    """
    held = lock_access(actor)
    if held is not None:
        require_covers_role(held, find_role(OPERATOR if current_tenant().is_platform else ADMIN))


def end_sessions(configuration: SamlConfiguration) -> None:
    """End the sessions that a configuration opened."""
    Session.objects.filter(saml_sessions__configuration=configuration).delete()
