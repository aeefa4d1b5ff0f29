"""Reading tenants."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from iac_platform.common.compiled_queries import CompiledQuery
from tenants.context import no_tenant_scope
from tenants.database.lookups import TENANT_AT_HOST, TENANT_WITH_ID
from tenants.errors import TenantHasMoved, UnknownHost
from tenants.models import PLATFORM_TENANT_ID, Domain, Tenant

_DOMAIN: CompiledQuery[Domain] = CompiledQuery(
    lambda host: Domain.objects.select_related("tenant__placement", "tenant__plan").filter(
        domain=host, verified_at__isnull=False
    ),
    str,
    function=TENANT_AT_HOST,
)
_TENANT: CompiledQuery[Tenant] = CompiledQuery(
    lambda key: Tenant.objects.select_related("placement", "plan").filter(pk=key),
    UUID,
    function=TENANT_WITH_ID,
)


def tenant_at(host: str) -> Tenant:
    """The tenant served at ``host``, which has a verified domain.

    Raises:
        UnknownHost: no verified domain has this name.
        TenantHasMoved: it is the former address of a renamed tenant.
    """
    domain = _DOMAIN.first(host)
    if domain is None:
        raise UnknownHost("Check the address.")
    if domain.redirects_until is not None:
        raise TenantHasMoved(to=_address_instead_of(domain))
    return domain.tenant


def _address_instead_of(former: Domain) -> str:
    """The primary address of a renamed tenant.

    Raises:
        UnknownHost: the time of the former address is over.
    """
    if former.redirects_until is None or former.redirects_until <= timezone.now():
        raise UnknownHost("The tenant that was served here has moved. Ask it for its address.")
    return Domain.objects.get(tenant_id=former.tenant_id, is_primary=True).domain


def platform() -> Tenant:
    """The operator's own tenant, whatever scope is active."""
    with no_tenant_scope():
        return Tenant.objects.select_related("placement").get(pk=PLATFORM_TENANT_ID)


def tenant_by_id(tenant_id: UUID) -> Tenant | None:
    """The tenant with this id, with its placement and plan; None when there is none."""
    return _TENANT.first(tenant_id)


def is_fenced(tenant: Tenant) -> bool:
    """Whether a move refuses the tenant's writes now, whatever was read before."""
    return Tenant.objects.filter(pk=tenant.pk, writes_fenced_until__gt=timezone.now()).exists()


def lock_tenant(tenant: Tenant, *related: str) -> Tenant:
    """The tenant as it is now, with what it refers to, locked until the transaction ends.

    For the platform's own work; whoever changes a tenant locks it by ``changing``.

    Whoever had to wait for the lock is given the row as it became, joined with what it referred
    to before: PostgreSQL finds nothing if it moved meanwhile, or got another plan
    (https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED). The
    row is locked by then, so a second look is certain.

    Args:
        tenant: which one.
        related: what else is read.

    Raises:
        Tenant.DoesNotExist: it is gone.
    """
    rows = Tenant.objects.select_for_update(of=("self",)).select_related(*related)
    return rows.filter(pk=tenant.pk).first() or rows.get(pk=tenant.pk)
