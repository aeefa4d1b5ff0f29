"""A killed provisioner leaves nothing half made; ``scripts/bench_kills.py`` does it often."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from rbac.models import Role
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.isolation.catalog import check
from tenants.models import Placement, Tenant, TenantStatus
from tenants.operations.upkeep import provision_pending
from tests.command_line import start_and_kill

if TYPE_CHECKING:
    from collections.abc import Callable


def test_after_a_kill_the_next_run_makes_everything_exactly_once(
    request_tenant: Callable[[], Tenant],
) -> None:
    tenants = [request_tenant() for _ in range(6)]
    moment = random.uniform(0, 0.2)  # noqa: S311  # chooses a moment, not a secret
    killed = start_and_kill("run_provisioner", "--once", after=moment)
    with as_owner():
        provision_pending()
        assert check() == [], killed
        ready = Placement.objects.filter(tenants__in=tenants, status="ready")
        assert ready.count() == len(tenants)
    for tenant in tenants:
        now = Tenant.objects.select_related("placement").get(pk=tenant.pk)
        assert now.status == TenantStatus.ACTIVE
        with tenant_scope(now):
            assert Role.objects.count() == len(set(Role.objects.values_list("key"))) > 5
