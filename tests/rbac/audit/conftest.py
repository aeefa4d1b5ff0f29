"""Logs of tenants that commit, and hands that write past the platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction

from iac_platform.common.audit import SystemActor
from rbac.chain.links import ENTRY_TEXTS
from rbac.chain.verification import Verdict, verify
from rbac.services.audit import record
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import Tier

if TYPE_CHECKING:
    from collections.abc import Callable

    from rbac.chain.links import Tip
    from tenants.models import Tenant
    from tests.throwaway import ThrowawayTenants

ACTOR = SystemActor("tests")
_SHORT = {
    "{entry}": "(SELECT entry_id FROM audit_links WHERE tenant_id = {t} AND sequence = %s)",
    "{texts}": ENTRY_TEXTS,
}


class Quiet:
    """Progress that nobody looks at."""

    def step(self, name: str, *, total: int = 0) -> None:
        """Do nothing."""

    def advance(self, units: int = 1) -> None:
        """Do nothing."""


class Log:
    """A tenant's audit log."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant

    def write(self, count: int = 1) -> None:
        """Write entries, each in a transaction of its own."""
        for number in range(count):
            with tenant_scope(self.tenant), transaction.atomic():
                record("thing.do", self.tenant, actor=ACTOR, changes={"number": number, "x": 1.5})

    def verify(self, *tips: Tip) -> Verdict:
        """What a verification says."""
        with tenant_scope(self.tenant):
            return verify(progress=Quiet(), tips=tips)

    def faults(self, *tips: Tip) -> list[tuple[str, int | None]]:
        """What is wrong, and where."""
        return [(str(found.fault), found.sequence) for found in self.verify(*tips).findings]

    def sql(self, statement: str, *params: Any, owner: bool = True) -> list[tuple[Any, ...]]:
        """Run SQL on the tenant's tables, by default with the owner's rights, and commit it."""
        if not owner:
            return self._sql(statement, params)
        with as_owner():
            return self._sql(statement, params)

    def _sql(self, statement: str, params: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with tenant_scope(self.tenant), transaction.atomic(), connection.cursor() as cursor:
            for name, text in _SHORT.items():
                statement = statement.replace(name, text)
            cursor.execute(statement.replace("{t}", f"'{self.tenant.pk}'"), params)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture(params=[Tier.STANDARD, Tier.ENTERPRISE])
def log(request: pytest.FixtureRequest, committed_tenants: ThrowawayTenants) -> Log:
    """The log of a new tenant, in either tier."""
    return Log(committed_tenants(request.param))


@pytest.fixture
def written(log: Log) -> Log:
    """A log with ten entries more than a new tenant has; sound."""
    log.write(10)
    assert log.faults() == []
    return log


@pytest.fixture
def pooled_log(committed_tenants: ThrowawayTenants) -> Callable[[], Log]:
    """Makes logs of standard tenants."""
    return lambda: Log(committed_tenants(Tier.STANDARD))
