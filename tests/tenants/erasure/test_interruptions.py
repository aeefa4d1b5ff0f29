"""An erasure that is killed, or left half done by others, ends as if nothing had happened."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.core.management import call_command
from django.utils import timezone

from rbac.models import Role
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.erasure import enqueue_due_deletions
from tenants.erasure.catalog import groups_of
from tenants.erasure.rows import count_rows, delete_rows
from tenants.lifecycle.services import operators_scope, request_deletion
from tenants.models import (
    Operation,
    OperationKind,
    OperationStatus,
    Placement,
    PlacementKind,
    PlacementStatus,
    Tenant,
    Tier,
)
from tenants.operations.runner import run_queued
from tenants.operations.upkeep import provision_pending
from tests.command_line import start_and_kill
from tests.conftest import ACTOR
from tests.tenants.erasure import traces

if TYPE_CHECKING:
    from tests.tenants.erasure.conftest import Furnished
    from tests.tenants.erasure.traces import Plain

MAY_REMEMBER = {"public.operations", "platform.audit_entries"}


def require_nothing_left(database: Plain, tenant: Tenant) -> None:
    words = (str(tenant.pk), tenant.slug)
    assert set(traces.rows_with(database, words)) <= MAY_REMEMBER
    assert traces.schemas_with(database, words) == []
    assert traces.keys_with(words) == []
    assert traces.files_with(words) == []


@pytest.mark.parametrize("tier", Tier.values)
def test_after_kills_the_next_run_ends_it(
    furnished: Furnished, database: Plain, files_root: Any, tier: str
) -> None:
    tenant, neighbour = furnished(tier).tenant, furnished(Tier.STANDARD).tenant
    before = traces.checksums(database, str(neighbour.pk))
    command = ("delete_tenant", "--tenant", tenant.slug, "--now", "--yes")
    for _ in range(3):
        moment = random.uniform(0, 0.15)  # noqa: S311  # chooses a moment, not a secret
        start_and_kill(*command, after=moment, env={"FILES_ROOT": str(files_root)})
    with as_owner():
        run_queued()
        assert not Tenant.objects.filter(pk=tenant.pk).exists()
        kept = Operation.objects.get(tenant_id=tenant.pk, kind=OperationKind.DELETE)
    assert kept.status == OperationStatus.DONE
    require_nothing_left(database, tenant)
    assert traces.checksums(database, str(neighbour.pk)) == before


def test_what_an_interrupted_move_left_behind_goes_as_well(
    furnished: Furnished, database: Plain
) -> None:
    tenant = furnished(Tier.ENTERPRISE).tenant
    name = f"t_{tenant.slug.replace('-', '_')}_0"
    with as_owner():
        target = Placement.objects.create(schema_name=name, kind=PlacementKind.DEDICATED)
        Operation.objects.create(
            kind=OperationKind.MOVE,
            tenant_id=tenant.pk,
            subject=tenant.slug,
            parameters={"source": tenant.schema_name, "target": name},
            status=OperationStatus.FAILED,
        )
        provision_pending()
        target.refresh_from_db()
        assert target.status == PlacementStatus.READY
    database.execute(
        "INSERT INTO pool_001.roles (id, tenant_id, created_at, updated_at, revision, key, name, "
        "name_key, description, is_custom) "
        "VALUES (gen_random_uuid(), %s, now(), now(), 1, 'stray', 'Stray', 'stray', '', true)",
        [tenant.pk],
    )
    call_command("delete_tenant", tenant=tenant.slug, now=True, yes=True)
    require_nothing_left(database, tenant)
    assert not Placement.objects.filter(schema_name=name).exists()


def test_a_due_deletion_is_queued_and_done_and_an_early_one_is_not(
    furnished: Furnished, database: Plain
) -> None:
    due, early = furnished().tenant, furnished().tenant
    with operators_scope():
        for tenant in (due, early):
            request_deletion(tenant, actor=ACTOR)
        Tenant.objects.filter(pk=due.pk).update(deletion_due_at=timezone.now())
    with as_owner():
        assert enqueue_due_deletions() == 1
        assert enqueue_due_deletions() == 0
        run_queued()
        assert Tenant.objects.filter(pk=early.pk).exists()
    require_nothing_left(database, due)


def test_the_erasure_waits_for_whoever_is_inside_and_lets_nobody_write_afterwards(
    furnished: Furnished, services: Any, database_name: str
) -> None:
    tenant = furnished().tenant
    enter = f"SELECT public.enter_tenant('{tenant.pk}')"
    app = psycopg.connect(services.app_url(database_name))
    app.execute(enter)
    app.execute("UPDATE roles SET description = 'changed inside'")
    done = threading.Event()

    def delete() -> None:
        call_command("delete_tenant", tenant=tenant.slug, now=True, yes=True)
        done.set()

    worker = threading.Thread(target=delete)
    worker.start()
    with psycopg.connect(services.app_url(database_name), autocommit=True) as late:
        while not fenced(tenant):
            pass
        with pytest.raises(
            psycopg.errors.ReadOnlySqlTransaction,
            match="cannot execute DELETE in a read-only transaction",
        ):
            late.execute(enter + "; DELETE FROM roles")  # noqa: S608  # built from an id
    assert not done.is_set()
    app.commit()
    app.close()
    worker.join()
    assert done.is_set()


def fenced(tenant: Tenant) -> bool:
    return Tenant.objects.filter(pk=tenant.pk, writes_fenced_until__isnull=False).exists()


def test_many_rows_go_in_batches(furnished: Furnished, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = furnished().tenant
    monkeypatch.setattr("tenants.erasure.rows.BATCH", 2)

    class Counting:
        batches: list[int] = []

        def step(self, name: str, *, total: int = 0) -> None:
            """Nobody asks."""

        def advance(self, units: int = 1) -> None:
            self.batches.append(units)

    with as_owner():
        rows = count_rows(tenant.schema_name, tenant.pk)
        groups = list(groups_of(tenant.schema_name))
        deleted = delete_rows(tenant.schema_name, tenant.pk, Counting())
    assert deleted == sum(rows.values()) == sum(Counting.batches) > 20
    # Tables that refer to each other, or to themselves, go in one transaction.
    for circle in (group for group in groups if group.circular):
        if size := sum(rows.get(table.name, 0) for table in circle.tables):
            Counting.batches.remove(size)
    assert max(Counting.batches) == 2
    with tenant_scope(tenant):
        assert not Role.objects.exists()
