"""Requests about plans, and about what tenants use of their quotas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenants.models import ServicePlan
from tests.api.samples.sample import Address, Sample

if TYPE_CHECKING:
    from tests.api.fixtures import Fixture


def more_plans(fixture: Fixture, count: int) -> None:
    """Plans without limits of their own."""
    del fixture
    ServicePlan.objects.bulk_create(
        ServicePlan(key=f"plan-{number}", name=f"Plan {number}") for number in range(count)
    )


_TENANT = Address({"pk": lambda fixture: fixture.tenant.pk}, hidden=("pk",))

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
