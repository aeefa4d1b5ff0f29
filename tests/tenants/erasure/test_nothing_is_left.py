"""After a deletion nothing is left anywhere, and nobody else has noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command

from tenants.database.roles import as_owner
from tenants.models import Operation, OperationStatus, Tenant, Tier
from tests.tenants.erasure import traces

if TYPE_CHECKING:
    from tests.tenants.erasure.conftest import Furnished
    from tests.tenants.erasure.traces import Plain

# The operator's own record of what was done.
SHARED = ("tenants", "domains", "audit_anchors")
MAY_REMEMBER = {"public.operations", "platform.audit_entries"}


def delete_now(tenant: Tenant) -> None:
    call_command("delete_tenant", tenant=tenant.slug, now=True, yes=True)


@pytest.mark.parametrize("tier", Tier.values)
def test_nothing_is_left_anywhere(furnished: Furnished, database: Plain, tier: str) -> None:
    tenant = furnished(tier).tenant
    words = (str(tenant.pk), tenant.slug)
    before = traces.rows_with(database, words)
    owned = {f"{tenant.schema_name}.{table}" for table in traces.owned_tables(database)}
    assert owned | {f"public.{table}" for table in SHARED} <= set(before)
    assert traces.keys_with(words)
    assert traces.files_with(words)
    assert bool(traces.schemas_with(database, words)) == (tier == Tier.ENTERPRISE)

    delete_now(tenant)

    left = traces.rows_with(database, words)
    assert set(left) == MAY_REMEMBER
    assert traces.schemas_with(database, words) == []
    assert traces.keys_with(words) == []
    assert traces.files_with(words) == []
    with as_owner():
        kept = Operation.objects.get(tenant_id=tenant.pk)
    assert (kept.kind, kept.status) == ("delete", OperationStatus.DONE)
    assert len(left["public.operations"]) == 1
    assert any("tenant.delete" in entry for entry in left["platform.audit_entries"])


@pytest.mark.parametrize("tier", Tier.values)
def test_the_neighbours_are_the_same_to_the_byte(
    furnished: Furnished, database: Plain, tier: str
) -> None:
    doomed = furnished(tier).tenant
    neighbours = [furnished(Tier.STANDARD).tenant, furnished(Tier.ENTERPRISE).tenant]

    def of_all() -> list[object]:
        return [
            (
                traces.checksums(database, str(neighbour.pk)),
                sorted(traces.keys_with([str(neighbour.pk)])),
                traces.files_with([str(neighbour.pk)]),
            )
            for neighbour in neighbours
        ]

    before = of_all()
    delete_now(doomed)
    assert of_all() == before
