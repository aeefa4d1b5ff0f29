"""A mover that is killed leaves a tenant that works; ``scripts/bench_kills.py`` does it often."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from rbac.models import User
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.isolation.catalog import check
from tenants.models import Operation, OperationStatus, Tenant, Tier
from tenants.operations.upkeep import drain_queue
from tests.command_line import start_and_kill
from tests.tenants.furnished import contents
from tests.tenants.moves.conftest import ask, reread, schema_exists
from tests.throwaway import platform

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    Furnished = Callable[[str], Tenant]

ROWS = 3000


@pytest.mark.parametrize("tier", [Tier.STANDARD, Tier.ENTERPRISE])
def test_the_next_run_ends_the_move_with_every_row(furnished: Furnished, tier: str) -> None:
    tenant = furnished(tier)
    with tenant_scope(tenant):
        User.objects.bulk_create(User(username=f"user-{number}") for number in range(ROWS))
    before = contents(tenant.schema_name, tenant.pk)
    target = {Tier.STANDARD: Tier.ENTERPRISE, Tier.ENTERPRISE: Tier.STANDARD}[Tier(tier)]
    operation = ask(tenant, tier=target)
    moment = random.uniform(0, 0.5)  # noqa: S311  # chooses a moment, not a secret
    start_and_kill("run_provisioner", "--once", after=moment)
    with tenant_scope(tenant):
        assert User.objects.count() == len(before["users"]), "it works on, wherever it is"
    with as_owner():
        while not _has_ended(operation.pk):
            drain_queue()
        assert check() == []
    now = reread(tenant)
    assert (now.tier, now.moving_to, now.writes_fenced_until) == (target, None, None)
    assert contents(now.schema_name, tenant.pk) == before
    if schema_exists(tenant.schema_name):
        assert not any(contents(tenant.schema_name, tenant.pk).values()), "nothing is left behind"


def _has_ended(key: UUID) -> bool:
    """The killed process may hold its lock for as long as its last statement runs."""
    with tenant_scope(platform()):
        status = Operation.objects.get(pk=key).status
    assert status != OperationStatus.FAILED
    return status == OperationStatus.DONE
