"""Requests about plans, and about what tenants use of their quotas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenants.models import ServicePlan
from tests.api.sample import Address, Sample, address_of

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture


def more_plans(fixture: Fixture, count: int) -> None:
    """Plans without limits of their own."""
    del fixture
    ServicePlan.objects.bulk_create(
        ServicePlan(key=f"plan-{number}", name=f"Plan {number}") for number in range(count)
    )


_TENANT = address_of("tenant")

RIGHTS = """
#                adm eac sac tac pjm sys con vie nob ano ope
usage/
    GET    -     200 200 403 403 200 403 403 403 403 401 200
tenants/{pk}/usage/
    GET    -     404 404 404 404 404 404 404 404 404 401 200
    PUT    -     404 404 404 404 404 404 404 404 404 401 200
service-plans/
    GET    -     403 403 403 403 403 403 403 403 403 401 200
service-plans/{key}/
    GET    -     404 404 404 404 404 404 404 404 404 401 200
"""

SAMPLES = {
    "GET /api/v1/usage/": Sample(),
    "GET /api/v1/tenants/{pk}/usage/": Sample(address=_TENANT, operator=True),
    "PUT /api/v1/tenants/{pk}/usage/": Sample(
        address=_TENANT,
        operator=True,
        body=lambda _: {"overrides": {"users": 7, "storage": None}},
    ),
    "GET /api/v1/service-plans/": Sample(operator=True, fill=more_plans),
    "GET /api/v1/service-plans/{key}/": Sample(
        address=Address({"key": lambda fixture: fixture.tenant.plan_id}), operator=True
    ),
}
