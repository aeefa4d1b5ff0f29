from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from tenants.database.roles import as_owner
from tenants.models import MigrationRun, PlacementMigration, PlacementMigrationStatus, RunStatus
from tests.admin_client import AdminClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenants.models import Tenant
    from tests.conftest import Person


@pytest.fixture
def run(acme: Tenant, umbrella: Tenant) -> Iterator[MigrationRun]:
    """A run that only the owner may write, in which one placement failed."""
    with as_owner():
        made = MigrationRun.objects.create(
            target="x" * 64, migrations=["catalog.0042_answer"], status=RunStatus.FAILED
        )
        for tenant, status, failure in (
            (acme, PlacementMigrationStatus.DONE, ""),
            (
                umbrella,
                PlacementMigrationStatus.FAILED,
                "canceling statement due to <lock timeout>",
            ),
        ):
            PlacementMigration.objects.create(
                run=made, placement=tenant.placement, status=status, failure=failure
            )
    yield made
    with as_owner():
        made.delete()


def test_a_run_is_shown_with_the_placements_that_failed(
    operators: AdminClient, run: MigrationRun, umbrella: Tenant
) -> None:
    assert "1 of 2 done, 1 failed" in operators.page("tenants_migrationrun_changelist")
    page = operators.page("tenants_migrationrun_change", run.pk)
    assert "catalog.0042_answer" in page
    assert umbrella.schema_name in page
    assert "due to &lt;lock timeout&gt;" in page


def test_nobody_changes_a_run(operators: AdminClient, run: MigrationRun) -> None:
    changed = operators.submit("tenants_migrationrun_change", run.pk, status=RunStatus.DONE)
    assert changed.status_code == 403
    assert operators.submit("tenants_migrationrun_delete", run.pk, post="yes").status_code == 403
    assert operators.submit("tenants_migrationrun_add", status="done").status_code == 403


def test_a_tenants_admin_sees_no_run(acme: Tenant, person: Person, run: MigrationRun) -> None:
    client = AdminClient(acme, person(acme, "admin"))
    for url in (
        reverse("admin:tenants_migrationrun_changelist"),
        reverse("admin:tenants_migrationrun_change", args=[run.pk]),
    ):
        response = client.get(url)
        assert response.status_code == 403
        assert "0042_answer" not in response.content.decode()
