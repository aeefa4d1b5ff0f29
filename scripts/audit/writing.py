"""Audited writes by threads, and the verification of what they wrote; see bench_audit.py."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median, quantiles
from typing import TYPE_CHECKING

import django

django.setup()

from django.db import connections, transaction  # noqa: E402

from iac_platform.common.audit import SystemActor  # noqa: E402
from rbac.chain.verification import verify  # noqa: E402
from rbac.models import User  # noqa: E402
from rbac.services import audit, audit_chain  # noqa: E402
from tenants.context import tenant_scope  # noqa: E402
from tenants.database.roles import as_owner  # noqa: E402
from tenants.models import PLATFORM_TENANT_ID, Tenant, Tier  # noqa: E402
from tenants.operations.upkeep import provision_pending  # noqa: E402
from tenants.tenants.services import create_tenant  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Sequence

ACTOR = SystemActor("bench")
THREADS = 16
ROUNDS = 3


class Silence:
    """Progress that nobody looks at."""

    def step(self, name: str, *, total: int = 0) -> None:
        """Do nothing."""

    def advance(self, units: int = 1) -> None:
        """Do nothing."""


def make_tenants(count: int) -> list[Tenant]:
    """Standard tenants, each with a user for every thread."""
    with as_owner():
        platform = Tenant.objects.select_related("placement").get(pk=PLATFORM_TENANT_ID)
        with tenant_scope(platform):
            made = [
                create_tenant(slug=f"bench-{n}", name="Bench", tier=Tier.STANDARD, actor=ACTOR)
                for n in range(count)
            ]
        provision_pending()
    tenants = list(
        Tenant.objects.select_related("placement").filter(pk__in=[tenant.pk for tenant in made])
    )
    for tenant in tenants:
        with tenant_scope(tenant):
            User.objects.bulk_create(User(username=f"u{n}") for n in range(THREADS))
    return tenants


def write(tenant: Tenant, thread: int, until: float) -> list[float]:
    """Change a row of this thread's and record it, again and again; milliseconds of each."""
    took = []
    with tenant_scope(tenant):
        user = User.objects.get(username=f"u{thread}")
        while (began := time.perf_counter()) < until:
            with transaction.atomic():
                User.objects.filter(pk=user.pk).update(full_name=str(began))
                audit.record("user.update", user, actor=ACTOR, changes={"full_name": ["", "x"]})
            took.append((time.perf_counter() - began) * 1000)
    connections.close_all()
    return took


def measure(tenants: Sequence[Tenant], threads: int, seconds: float) -> tuple[float, list[float]]:
    """Transactions a second of all threads, and the milliseconds of each."""
    until = time.perf_counter() + seconds
    with ThreadPoolExecutor(threads) as pool:
        works = [
            pool.submit(write, tenants[thread % len(tenants)], thread, until)
            for thread in range(threads)
        ]
        took = [each for work in works for each in work.result()]
    return len(took) / seconds, took


def main() -> None:
    """Measure in turn without the chain and with it, and print a table."""
    seconds = float(sys.argv[1])
    tenants = make_tenants(THREADS)
    link = audit_chain.link_at_commit
    print(f"{'threads':>8} {'tenants':>8} {'chain':>6} {'writes/s':>9} {'p50 ms':>8} {'p99 ms':>8}")
    for threads, some in ((1, tenants[:1]), (THREADS, tenants[:1]), (THREADS, tenants)):
        for chained in (False, True):
            setattr(audit, "link_at_commit", link if chained else _leave_unlinked)  # noqa: B010  # it is not exported
            rounds = [measure(some, threads, seconds) for _ in range(ROUNDS)]
            rate = median(rate for rate, _ in rounds)
            took = [each for _, times in rounds for each in times]
            spread = f"{median(took):>8.1f} {quantiles(took, n=100)[-1]:>8.1f}"
            chain = "yes" if chained else "no"
            print(f"{threads:>8} {len(some):>8} {chain:>6} {rate:>9.0f} {spread}", flush=True)
    began = time.perf_counter()
    with tenant_scope(tenants[0]):
        links = verify(progress=Silence()).links
    print(f"\nverified {links / (time.perf_counter() - began):,.0f} links a second, of {links:,}")


def _leave_unlinked(entry_id: object) -> None:
    """Do nothing: as it was before there was a chain."""


if __name__ == "__main__":
    main()
