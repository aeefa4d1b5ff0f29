"""A killed provisioner leaves nothing half made; ``scripts/bench_kills.py`` does it often."""

from __future__ import annotations

import random
import secrets
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from rbac.models import Role
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.isolation.catalog import check
from tenants.models import Placement, Tenant, TenantStatus, Tier
from tenants.operations.upkeep import provision_pending
from tenants.tenants.services import create_tenant
from tests.conftest import ACTOR
from tests.services import ROOT
from tests.throwaway import ThrowawayTenants, platform

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def asked_for(committed_tenants: ThrowawayTenants) -> Callable[[], Tenant]:
    """Asks for an enterprise tenant, which waits for the provisioner."""

    def ask() -> Tenant:
        with tenant_scope(platform()):
            slug = f"tmp-{secrets.token_hex(4)}"
            tenant = create_tenant(slug=slug, name=slug, tier=Tier.ENTERPRISE, actor=ACTOR)
        committed_tenants.made.append(tenant)
        return tenant

    return ask


def run_and_kill(after: float) -> bool:
    """Run the provisioner; kill it so many seconds after it began. Whether it was killed."""
    process = subprocess.Popen(  # our own manage.py
        [sys.executable, "-u", "manage.py", "run_provisioner", "--once"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    process.stdout.readline()
    try:
        process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return True
    return False


def test_after_a_kill_the_next_run_makes_everything_exactly_once(
    asked_for: Callable[[], Tenant],
) -> None:
    tenants = [asked_for() for _ in range(6)]
    killed = run_and_kill(random.uniform(0, 0.2))  # noqa: S311  # chooses a moment, not a secret
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
