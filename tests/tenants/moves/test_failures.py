"""A move that fails, or that is refused, leaves the tenant as if nobody had wanted it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.utils import timezone

from iac_platform.common.errors import DomainError
from rbac.models import AuditEntry, User
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import Operation, OperationStatus, Placement, Tenant, TenantStatus, Tier
from tenants.moves import handler
from tenants.moves.services import plan_move
from tenants.operations.runner import run_one
from tenants.operations.services import OperationHasMovedOn, cancel_operation, retry_operation
from tests.conftest import ACTOR
from tests.tenants.furnished import contents
from tests.tenants.moves.conftest import (
    ask,
    make_room,
    move,
    reread,
    usernames,
)
from tests.throwaway import platform

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings

    from tests.tenants.conftest import Plain

    Furnished = Callable[[str], Tenant]

_FALSIFY = """
    CREATE FUNCTION pool_990.falsify() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN {} END $$;
    CREATE TRIGGER falsify BEFORE INSERT ON pool_990.audit_entries
        FOR EACH ROW EXECUTE FUNCTION pool_990.falsify()
"""


def _assert_untouched(tenant: Tenant, before: Any) -> None:
    """It is where it was, whole, and can be written to."""
    now = reread(tenant)
    assert (now.placement_id, now.tier, now.revision) == (
        tenant.placement_id,
        tenant.tier,
        tenant.revision,
    )
    assert (now.moving_to, now.writes_fenced_until) == (None, None)
    assert contents(tenant.schema_name, tenant.pk) == before
    with tenant_scope(tenant):
        User.objects.create(username="still-here")
    assert "still-here" in usernames(tenant)


@pytest.mark.parametrize("end", ["source", "target"])
def test_a_placement_on_another_node_is_neither_left_nor_entered(
    furnished: Furnished, other_pool: Placement, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """What lies where is a stand-in's word: no Citus runs here (the tour does on one)."""
    tenant = furnished(Tier.STANDARD)
    make_room(other_pool, 1)
    before = contents(tenant.schema_name, tenant.pk)
    elsewhere = {"source": tenant.schema_name, "target": other_pool.schema_name}[end]
    monkeypatch.setattr(handler, "distributed", lambda schemas: set(schemas) & {elsewhere})
    refused = move(tenant, pool=other_pool.schema_name)
    assert refused.status == OperationStatus.FAILED
    assert f"Citus keeps {elsewhere} on other nodes" in refused.failure
    assert "import_tenant" in refused.failure
    _assert_untouched(tenant, before)

    monkeypatch.undo()
    assert move(tenant, pool=other_pool.schema_name).status == OperationStatus.DONE


@pytest.mark.parametrize(
    ("fault", "table"),
    [
        ("RETURN CASE WHEN NEW.subject_type = 'rbac.apitoken' THEN NULL ELSE NEW END;", "lost"),
        ("NEW.subject_name := NEW.subject_name || ' '; RETURN NEW;", "altered"),
    ],
    ids=["lost", "altered"],
)
def test_a_copy_that_differs_is_not_switched_to(
    furnished: Furnished, other_pool: Placement, fault: str, table: str
) -> None:
    del table
    tenant = furnished(Tier.STANDARD)
    make_room(other_pool, 1)
    before = contents(tenant.schema_name, tenant.pk)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(_FALSIFY.format(fault))
    failed = move(tenant, pool="pool_990")
    assert failed.status == OperationStatus.FAILED
    assert "Count or checksum differ in audit_entries" in failed.failure
    assert not any(contents("pool_990", tenant.pk).values()), "what was copied is gone"
    _assert_untouched(tenant, before)

    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION pool_990.falsify() CASCADE")
    with tenant_scope(platform()):
        retry_operation(failed, actor=ACTOR)
    assert run_one(failed)
    assert reread(tenant).schema_name == "pool_990", "once it is fixed, a retry does it"


def test_a_transaction_that_outlasts_the_fence_stops_the_move(
    furnished: Furnished, psql_as_app: Plain, settings: Settings
) -> None:
    settings.MOVE_FENCE_SECONDS = 0.1
    tenant = furnished(Tier.STANDARD)
    before = contents(tenant.schema_name, tenant.pk)
    placements = _placements()
    with psql_as_app.transaction():
        psql_as_app.execute("SELECT enter_tenant(%s)", [tenant.pk])
        operation = move(tenant, tier=Tier.ENTERPRISE)
    assert operation.status == OperationStatus.FAILED
    assert "It stays where it was" in operation.failure
    assert _placements() == placements, "neither a row nor a schema is left"
    _assert_untouched(tenant, before)

    settings.MOVE_FENCE_SECONDS = 60
    assert move(tenant, tier=Tier.ENTERPRISE).status == OperationStatus.DONE


def test_placements_with_different_migrations_do_not_mix(
    furnished: Furnished, other_pool: Placement
) -> None:
    tenant = furnished(Tier.STANDARD)
    make_room(other_pool, 1)
    before = contents(tenant.schema_name, tenant.pk)
    with as_owner():
        Placement.objects.filter(pk=other_pool.pk).update(migrations="older")
    failed = move(tenant, pool="pool_990")
    assert "run manage.py migrate_schemas" in failed.failure
    _assert_untouched(tenant, before)


def test_tables_that_differ_do_not_mix(furnished: Furnished, other_pool: Placement) -> None:
    tenant = furnished(Tier.STANDARD)
    make_room(other_pool, 1)
    before = contents(tenant.schema_name, tenant.pk)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE pool_990.users ADD COLUMN by_hand text")
    failed = move(tenant, pool="pool_990")
    assert "run manage.py check_isolation" in failed.failure
    _assert_untouched(tenant, before)


def _placements() -> tuple[set[str], set[str]]:
    """The placements that are on record, and the schemas that are there."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace")
        schemas = {name for (name,) in cursor.fetchall()}
        return set(Placement.objects.values_list("schema_name", flat=True)), schemas


def _refused(tenant: Tenant, **target: Any) -> str:
    """The code of a refusal, after which there is no trace of the request."""
    before = _traces()
    with pytest.raises(DomainError) as error:
        ask(tenant, **target)
    assert _traces() == before
    return error.value.code


def _traces() -> tuple[int, ...]:
    with tenant_scope(platform()):
        return (
            Operation.objects.count(),
            Placement.objects.count(),
            AuditEntry.objects.count(),
            Tenant.objects.filter(moving_to__isnull=False).count(),
        )


def test_the_operators_own_tenant_stays(committed_tenants: object) -> None:
    del committed_tenants
    assert _refused(platform(), tier=Tier.STANDARD) == "platform-is-fixed"


def test_what_cannot_be_is_refused(furnished: Furnished, other_pool: Placement) -> None:
    standard, enterprise = furnished(Tier.STANDARD), furnished(Tier.ENTERPRISE)
    assert _refused(standard, pool="pool_990") == "pool-is-full"
    assert _refused(standard, tier=Tier.STANDARD) == "cannot-move"
    assert _refused(standard, pool=standard.schema_name) == "cannot-move"
    assert _refused(standard, tier=Tier.ENTERPRISE, pool="pool_990") == "cannot-move"
    assert _refused(enterprise, tier=Tier.ENTERPRISE) == "cannot-move"
    for name in ("pool_404", enterprise.schema_name, "platform", "'; --"):
        assert _refused(standard, pool=name) == "no-such-pool"
    make_room(other_pool, 1)
    assert ask(standard, pool="pool_990").status == OperationStatus.QUEUED


@pytest.mark.parametrize("status", [TenantStatus.PROVISIONING, TenantStatus.PENDING_DELETION])
def test_a_tenant_that_comes_or_goes_is_not_moved(furnished: Furnished, status: str) -> None:
    tenant = furnished(Tier.STANDARD)
    with as_owner():
        Tenant.objects.filter(pk=tenant.pk).update(status=status)
    assert _refused(tenant, tier=Tier.ENTERPRISE) == "cannot-move"


def test_a_suspended_tenant_can_be_moved_and_stays_suspended(furnished: Furnished) -> None:
    tenant = furnished(Tier.STANDARD)
    with as_owner():
        Tenant.objects.filter(pk=tenant.pk).update(status=TenantStatus.SUSPENDED)
    assert move(tenant, tier=Tier.ENTERPRISE).status == OperationStatus.DONE
    assert reread(tenant).status == TenantStatus.SUSPENDED


def test_one_move_at_a_time(furnished: Furnished) -> None:
    tenant = furnished(Tier.STANDARD)
    ask(tenant, tier=Tier.ENTERPRISE)
    assert _refused(tenant, tier=Tier.ENTERPRISE) == "operation-in-progress"


def test_a_plan_tells_and_changes_nothing(furnished: Furnished) -> None:
    tenant = furnished(Tier.STANDARD)
    before = _traces()
    with as_owner():
        plan = plan_move(tenant, tier=Tier.ENTERPRISE)
    assert (plan.source, plan.room) == (tenant.schema_name, 1)
    assert plan.rows["users"] == len(usernames(tenant))
    assert _traces() == before


def test_a_fence_that_is_left_behind_ends_by_itself(furnished: Furnished) -> None:
    """As a mover that dies leaves it."""
    tenant = furnished(Tier.STANDARD)
    with as_owner():
        Tenant.objects.filter(pk=tenant.pk).update(writes_fenced_until=timezone.now())
    with tenant_scope(tenant):
        User.objects.create(username="after")
    assert "after" in usernames(tenant)


def test_a_move_that_is_cancelled_gives_its_place_back(
    furnished: Furnished, other_pool: Placement
) -> None:
    tenant = furnished(Tier.STANDARD)
    make_room(other_pool, 1)
    before = contents(tenant.schema_name, tenant.pk)
    operation = ask(tenant, pool="pool_990")
    assert reread(tenant).moving_to == other_pool
    with tenant_scope(platform()):
        cancel_operation(operation, actor=ACTOR)
    assert not run_one(operation)
    _assert_untouched(tenant, before)
    assert move(tenant, pool="pool_990").status == OperationStatus.DONE
    with (
        tenant_scope(platform()),
        pytest.raises(
            OperationHasMovedOn, match="The operation is cancelled; it would have to be queued"
        ),
    ):
        cancel_operation(operation, actor=ACTOR)


def test_a_retry_does_not_move_a_tenant_that_went_elsewhere(
    furnished: Furnished, other_pool: Placement
) -> None:
    tenant = furnished(Tier.STANDARD)
    make_room(other_pool, 1)
    people = usernames(tenant)
    with as_owner():
        Placement.objects.filter(pk=other_pool.pk).update(migrations="older")
    failed = move(tenant, pool="pool_990")
    assert move(tenant, tier=Tier.ENTERPRISE).status == OperationStatus.DONE
    with tenant_scope(platform()):
        retry_operation(failed, actor=ACTOR)
    run_one(failed)
    with tenant_scope(platform()):
        failed.refresh_from_db()
    assert "ask for a new move" in failed.failure
    assert reread(tenant).tier == Tier.ENTERPRISE
    assert (reread(tenant).moving_to, usernames(tenant)) == (None, people)
