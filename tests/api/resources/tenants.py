"""The operator's requests about tenants."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from iac_platform.common.audit import SystemActor
from rbac.models import RoleGrant
from tenants.lifecycle.services import operators_scope, request_deletion
from tenants.models import (
    Domain,
    Operation,
    OperationStatus,
    Placement,
    PlacementKind,
    Tenant,
    TenantStatus,
    Tier,
)
from tests.api.sample import Address, Sample, address_of

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture


def more_tenants(fixture: Fixture, count: int) -> None:
    """Tenants with a host each; call it in the operator's scope."""
    del fixture
    placement = Placement.objects.filter(kind=PlacementKind.POOL)[0]
    tenants = Tenant.objects.bulk_create(
        Tenant(
            slug=f"customer-{number}",
            name=f"Customer {number}",
            placement=placement,
            status=TenantStatus.ACTIVE,
        )
        for number in range(count)
    )
    Domain.objects.bulk_create(
        Domain(domain=f"{secrets.token_hex(8)}.example.com", tenant=tenant) for tenant in tenants
    )


def customer_of(fixture: Fixture) -> Tenant:
    """The fixture's tenant; a customer where that is the operator's own, which stays for ever."""
    if not fixture.tenant.is_platform:
        return fixture.tenant
    return Tenant.objects.select_related("placement").get(slug="acme")


def close_for_deletion(fixture: Fixture) -> None:
    """Have the fixture's tenant wait for its deletion, unless it does or never existed."""
    end_moves(fixture)
    with operators_scope():
        tenant = Tenant.objects.filter(pk=customer_of(fixture).pk).first()
        if tenant is not None and tenant.status != TenantStatus.PENDING_DELETION:
            request_deletion(tenant, actor=SystemActor("tests"))


def end_moves(fixture: Fixture) -> None:
    """Let the fixture's tenant be free to move, whatever was asked for before."""
    with operators_scope():
        customer = customer_of(fixture)
        Tenant.objects.filter(pk=customer.pk).update(moving_to=None)
        queued = Operation.objects.filter(tenant_id=customer.pk)
        queued.update(status=OperationStatus.CANCELLED)


def have_wait_for_an_admin(fixture: Fixture) -> None:
    """Have the fixture's tenant wait for its first admin."""
    with operators_scope():
        Tenant.objects.filter(pk=customer_of(fixture).pk).update(
            status=TenantStatus.INVITED, invitee="first@example.com"
        )


def _other_tier(fixture: Fixture) -> str:
    is_standard = customer_of(fixture).tier == Tier.STANDARD
    return Tier.ENTERPRISE if is_standard else Tier.STANDARD


_TENANT = address_of("tenant")
_CUSTOMER = Address({"pk": lambda fixture: customer_of(fixture).pk}, hidden=("pk",))

RIGHTS = """
#                adm eac sac tac pjm sys con vie nob ano ope
tenants/{pk}/admins/
    POST   -     404 404 404 404 404 404 404 404 404 401 201
tenants/
    GET    -     403 403 403 403 403 403 403 403 403 401 200
    POST   -     403 403 403 403 403 403 403 403 403 401 201
tenants/{pk}/
    GET    -     404 404 404 404 404 404 404 404 404 401 200
    PATCH  -     404 404 404 404 404 404 404 404 404 401 200
    DELETE -     404 404 404 404 404 404 404 404 404 401 202
tenants/{pk}/move/
    POST   -     404 404 404 404 404 404 404 404 404 401 202
tenants/{pk}/restore/
    POST   -     404 404 404 404 404 404 404 404 404 401 200
tenants/{pk}/invitation/
    POST   -     404 404 404 404 404 404 404 404 404 401 201
invitations/accept/
    POST   -     403 403 403 403 403 403 403 403 403 403 403
"""

SAMPLES = {
    "GET /api/v1/tenants/": Sample(
        operator=True,
        filters={
            "slug": lambda fixture: fixture.tenant.slug,
            "tier": lambda fixture: fixture.tenant.tier,
            "plan": lambda fixture: fixture.tenant.plan_id,
            "status": "active",
        },
        fill=more_tenants,
    ),
    "POST /api/v1/tenants/": Sample(
        201, body=lambda _: {"slug": "initech", "name": "Initech"}, operator=True
    ),
    "GET /api/v1/tenants/{pk}/": Sample(address=_TENANT, operator=True),
    "PATCH /api/v1/tenants/{pk}/": Sample(
        address=_TENANT, operator=True, body=lambda _: {"name": "Renamed"}
    ),
    "DELETE /api/v1/tenants/{pk}/": Sample(202, address=_CUSTOMER, operator=True),
    "POST /api/v1/tenants/{pk}/move/": Sample(
        202,
        address=_CUSTOMER,
        operator=True,
        body=lambda fixture: {"tier": _other_tier(fixture)},
        prepare=end_moves,
    ),
    "POST /api/v1/tenants/{pk}/restore/": Sample(
        address=_CUSTOMER, operator=True, prepare=close_for_deletion
    ),
    "POST /api/v1/tenants/{pk}/invitation/": Sample(
        201,
        address=_CUSTOMER,
        operator=True,
        body=lambda _: {"email": "first@example.com"},
        prepare=have_wait_for_an_admin,
    ),
    "POST /api/v1/invitations/accept/": Sample(
        403,  # nobody is invited to a tenant that has an admin
        public=True,
        body=lambda _: {"token": "x", "username": "first", "password": "a-good-one-12345"},
    ),
    "POST /api/v1/tenants/{pk}/admins/": Sample(
        201,
        address=_TENANT,
        operator=True,
        body=lambda _: {"username": "first", "email": "first@example.com"},
        prepare=lambda _: RoleGrant.objects.filter(role__key="admin").delete(),
    ),
}
