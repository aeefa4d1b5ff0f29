"""Reading tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenants.errors import UnknownHost
from tenants.models import Tenant

if TYPE_CHECKING:
    from uuid import UUID


def tenant_at(host: str) -> Tenant:
    """The tenant served at ``host``, which has a verified domain.

    Raises:
        UnknownHost: no verified domain has this name.
    """
    tenant = (
        Tenant.objects.select_related("placement", "plan")
        .filter(domains__domain=host, domains__verified_at__isnull=False)
        .first()
    )
    if tenant is None:
        raise UnknownHost("No tenant is served at this host. Check the address.")
    return tenant


def tenant_by_id(tenant_id: UUID) -> Tenant | None:
    """The tenant with this id, with its placement and plan; None when there is none."""
    return Tenant.objects.select_related("placement", "plan").filter(pk=tenant_id).first()
