"""A large tenant, and what is measured when it moves."""

from __future__ import annotations

import secrets
import time
from typing import Any

from blueprints.catalog.models import Project
from iac_platform.common.audit import SystemActor
from rbac.models import AuditEntry, User
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.models import PLATFORM_TENANT_ID, Operation, OperationStatus, Tenant, Tier
from tenants.moves.services import request_move
from tenants.operations.runner import run_one
from tenants.operations.upkeep import drain_queue
from tenants.tenants.services import create_tenant
from tests.tenants.moves.traffic import Seen, Traffic

ACTOR = SystemActor("scripts/bench_moves.py")


def tiers() -> list[Tier]:
    """Up, and back again."""
    return [Tier.ENTERPRISE, Tier.STANDARD]


def furnished(rows: int) -> Tenant:
    """A standard tenant with so many rows: users, projects and entries of the log."""
    slug = f"m-{secrets.token_hex(4)}"
    with tenant_scope(_platform()):
        create_tenant(slug=slug, name=slug, actor=ACTOR)
    drain_queue()
    tenant = Tenant.objects.select_related("placement").get(slug=slug)
    share = rows // 4
    entry: dict[str, Any] = dict.fromkeys(
        ("actor_id", "actor_name", "action", "subject_type", "subject_id", "subject_name"), "bench"
    )
    with tenant_scope(tenant):
        owner = create_user(username="owner", actor=ACTOR)
        for number in range(0, share, 1000):
            some = range(number, min(number + 1000, share))
            User.objects.bulk_create(User(username=f"user-{one}") for one in some)
            Project.objects.bulk_create(
                Project(name=f"Project {one}", created_by=owner) for one in some
            )
            AuditEntry.objects.bulk_create(AuditEntry(**entry) for one in some for _ in (1, 2))
    return tenant


def measure(tenant: Tenant, neighbour: Tenant, tier: Tier) -> int:
    """Move once in the midst of traffic and print what came of it; how much was wrong."""
    before = {who.pk: _users(who) for who in (tenant, neighbour)}
    with Traffic([tenant, neighbour]) as traffic:
        began = time.perf_counter()
        operation = _move(tenant, tier)
        seconds = time.perf_counter() - began
    if operation.status != OperationStatus.DONE:
        print(f"to {tier}: {operation.failure}")
        return 1
    wrong = 0
    print(
        f"to {tier}: {operation.result['rows']} rows in {seconds:.2f} s, "
        f"{operation.result['passes']} passes beside traffic, "
        f"fence {operation.result['seconds_without_writes']:.2f} s",
        flush=True,
    )
    for name, who in (("tenant", tenant), ("neighbour", neighbour)):
        wrong += _tell(name, traffic.seen[who.pk], before[who.pk], _users(who))
    return wrong


def _tell(name: str, seen: Seen, before: list[str], after: list[str]) -> int:
    counters = {f"counter-{writer}" for writer in seen.counters}
    missing = len((set(before) | seen.acknowledged | counters) - set(after))
    doubled = len(after) - len(set(after))
    print(
        f"  {name}: {seen.writes} writes and {seen.reads} reads; lost {missing + seen.lost}, "
        f"doubled {doubled}, in the wrong place {seen.foreign}, other errors "
        f"{dict(seen.unexpected)}; {seen.refused} tries refused, "
        f"at most {seen.longest_refusal:.2f} s",
        flush=True,
    )
    return missing + seen.lost + doubled + seen.foreign + seen.unexpected.total()


def _move(tenant: Tenant, tier: Tier) -> Operation:
    with tenant_scope(_platform()):
        operation = request_move(tenant, tier=tier, actor=ACTOR)
    run_one(operation)
    with tenant_scope(_platform()):
        operation.refresh_from_db()
    return operation


def _users(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant):
        return list(User.objects.values_list("username", flat=True))


def _platform() -> Tenant:
    return Tenant.objects.select_related("placement").get(pk=PLATFORM_TENANT_ID)
