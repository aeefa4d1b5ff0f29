"""Many people who open one link at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from django.db import connections

from rbac.services.invitations import accept_invitation
from tenants.context import tenant_scope

if TYPE_CHECKING:
    from tenants.models import Tenant

PEOPLE = 6


def accept_at_once(tenant: Tenant, token: str, password: str) -> list[str]:
    """What becomes of each: ``accepted``, or the name of the error; sorted."""

    def take(number: int) -> str:
        try:
            with tenant_scope(tenant):
                accept_invitation(token=token, username=f"person-{number}", password=password)
        except Exception as error:  # noqa: BLE001  # all of them are compared
            return type(error).__name__
        else:
            return "accepted"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(PEOPLE) as pool:
        return sorted(pool.map(take, range(PEOPLE)))
