"""Reading tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection
from django.utils import timezone

from iac_platform.cache.tables import current_reads
from iac_platform.common.compiled_queries import CompiledQuery
from iac_platform.common.json_rows import row_of
from iac_platform.gateway.credentials import Shown
from tenants.context import no_tenant_scope
from tenants.database.lookups import CALLER, READ_OF_CALLER, TENANT_AT_HOST, TENANT_WITH_ID
from tenants.errors import TenantHasMoved, UnknownHost
from tenants.models import PLATFORM_TENANT_ID, Domain, Placement, ServicePlan, Tenant

if TYPE_CHECKING:
    from iac_platform.gateway.credentials import Credential

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


_CALLER = f"SELECT * FROM public.{CALLER}(%s, %s, %s)"  # noqa: S608  # a constant


def caller(host: str, credential: Credential) -> tuple[Tenant, Shown] | None:
    """The tenant at ``host``, which has issued the credential, and what it keeps of that.

    None where there is more to say: the host is another tenant's, or nobody's, or has moved; or
    the tenant takes no requests now.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CALLER, [host, *credential])
        found = cursor.fetchone()
    connection.sent_context = None  # type: ignore[attr-defined]  # the tenant's, if it was found
    if found is None:
        return None
    tenant_row, plan_row, placement_row, *rows = found
    tenant = row_of(Tenant, tenant_row)
    tenant.plan, tenant.placement = row_of(ServicePlan, plan_row), row_of(Placement, placement_row)
    if (reads := current_reads()) is not None:
        for table in READ_OF_CALLER:
            reads.note(str(tenant.pk), table)
    return tenant, Shown(credential, rows)


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


def origin_of(tenant: Tenant, *, scheme: str = "https", port: str = "") -> str:
    """Where a tenant's pages are: scheme, its own host, and the port if it is not the scheme's.

    Whatever host a request came to, addresses that others are given begin with this.
    """
    host = tenant.domains.filter(is_primary=True).values_list("domain", flat=True).get()
    return f"{scheme}://{host}:{port}" if port else f"{scheme}://{host}"
