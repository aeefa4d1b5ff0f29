"""Importing beside others: whom it keeps waiting, and where it may write to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, connections, transaction

from tenants.archives.format import ArchiveDoesNotFit
from tenants.archives.services import import_tenant
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.files import folder_of
from tenants.models import Placement, PlacementKind, Tenant, Tier
from tenants.provisioning.pools import PoolIsFull
from tenants.tenants.services import create_tenant
from tests.conftest import ACTOR
from tests.tenants.archives.conftest import Silence
from tests.throwaway import platform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.throwaway import ThrowawayTenants

    Furnished = Callable[[str], Tenant]
    Export = Callable[..., Path]
    BringIn = Callable[..., Tenant]


class AtStep(Silence):
    """Does something when a step begins."""

    def __init__(self, name: str, work: Callable[[], Any]) -> None:
        self._name, self._work = name, work
        self.outcome: Any = None

    def step(self, name: str, *, total: int = 0) -> None:
        """Do it in a thread of its own, as somebody else would."""
        del total
        if name == self._name:
            with ThreadPoolExecutor(1) as other:
                self.outcome = other.submit(self._elsewhere).result()

    def _elsewhere(self) -> Any:
        try:
            return self._work()
        finally:
            connections.close_all()


def _create(slug: str) -> Tenant:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '1s'")
        with tenant_scope(platform()):
            return create_tenant(slug=slug, name=slug, actor=ACTOR)


@pytest.mark.parametrize("step", ["writing rows", "writing files"])
def test_nobody_waits_for_an_import_to_get_a_place_in_a_pool(
    furnished: Furnished, export: Export, committed_tenants: ThrowawayTenants, step: str
) -> None:
    path = export(furnished(Tier.STANDARD))
    progress = AtStep(step, lambda: _create("tmp-beside"))
    with as_owner():
        imported = import_tenant(
            path, slug="tmp-twin", new_ids=True, actor=ACTOR, progress=progress
        )
    committed_tenants.made += [imported, progress.outcome]
    assert progress.outcome.placement.kind == PlacementKind.POOL


@pytest.fixture
def pools() -> Iterator[Callable[..., None]]:
    """Sets facts of the pools, such as ``capacity``, for the test."""
    found = Placement.objects.filter(kind=PlacementKind.POOL)
    before = list(found)

    def change(**facts: Any) -> None:
        with as_owner():
            found.update(**facts)

    try:
        yield change
    finally:
        with as_owner():
            for pool in before:
                found.filter(pk=pool.pk).update(capacity=pool.capacity, migrations=pool.migrations)


def test_a_pool_that_lacks_migrations_takes_no_import(
    furnished: Furnished, export: Export, bring_in: BringIn, pools: Callable[..., None]
) -> None:
    """As during a run of migrations, when the template has them already.

    What the pool had no column for would be lost without a word.
    """
    path = export(furnished(Tier.STANDARD))
    pools(migrations="older")
    with pytest.raises(ArchiveDoesNotFit, match="migrate_schemas"):
        bring_in(path, slug="tmp-twin", new_ids=True)
    assert not Tenant.objects.filter(slug="tmp-twin").exists()


def test_a_pool_that_is_full_by_the_end_takes_no_import(
    furnished: Furnished, export: Export, pools: Callable[..., None], tmp_path: Path
) -> None:
    tenant = furnished(Tier.STANDARD)
    path = export(tenant)
    progress = AtStep("writing files", lambda: pools(capacity=0))
    with as_owner(), pytest.raises(PoolIsFull, match="which is all that it can"):
        import_tenant(path, slug="tmp-twin", new_ids=True, actor=ACTOR, progress=progress)
    assert not Tenant.objects.filter(slug="tmp-twin").exists()
    folders = {folder.name for folder in (tmp_path / "files").iterdir()}
    assert folders == {folder_of(tenant.pk).name}, "what was written is gone"
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT tenant_id FROM {tenant.schema_name}.users")  # noqa: S608  # a placement's own name
        assert {tenant_id for (tenant_id,) in cursor.fetchall()} <= set(
            Tenant.objects.values_list("pk", flat=True)
        )
