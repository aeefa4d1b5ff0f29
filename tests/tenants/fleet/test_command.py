from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from django.test.utils import CaptureQueriesContext

from tenants.database.roles import as_owner
from tenants.fleet import records
from tenants.fleet.migration_plans import Step
from tenants.fleet.pending import Behind, find
from tenants.fleet.progress import Progress
from tenants.fleet.retrying import RetryPolicy
from tenants.fleet.rollout import Rollout
from tests.tenants.fleet.platform import CREATE_THINGS, with_things

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from tenants.models import Tenant
    from tests.tenants.fleet.platform import FleetPlatform

ADD_COLOUR = 'migrations.AddField("thing", "colour", models.CharField(max_length=9, null=True)),'
REMOVE_SIZE = 'migrations.RemoveField("thing", "size"),'


def test_one_query_finds_what_is_pending(
    db: None,  # noqa: ARG001  # opens the database
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(1):
        assert not find()


def queries_to_plan(schema: str, number: int) -> int:
    rollout = Rollout(workers=1, canary="", retry_policy=RetryPolicy(), progress=Progress(print))
    placements = [Behind(one, schema, "dedicated", "same") for one in range(number)]
    with as_owner() as owner, CaptureQueriesContext(owner) as queries:
        rollout.plan(placements)
    assert len(rollout.plans) == 1
    return len(queries)


def test_placements_with_the_same_migrations_are_planned_once(umbrella: Tenant) -> None:
    one = queries_to_plan(umbrella.schema_name, 1)
    assert one > 0
    assert queries_to_plan(umbrella.schema_name, 1000) == one


def test_a_dry_run_prints_the_sql_and_changes_nothing(fleet: FleetPlatform) -> None:
    fleet.release(
        things=CREATE_THINGS,
        colour=ADD_COLOUR,
        online_index='AddIndexOnline("thing", models.Index(fields=["size"], name="size_idx")),',
    )
    before = fleet.fingerprints()
    catalog = fleet.catalog("platform")
    runs = fleet.query("SELECT id FROM migration_runs")
    output = fleet.migrate("--dry-run")
    assert 'CREATE TABLE "fleetprobe_thing"' in output
    assert 'ALTER TABLE "fleetprobe_thing" ADD COLUMN "colour" varchar(9) NULL;' in output
    assert 'CREATE INDEX CONCURRENTLY "size_idx" ON "fleetprobe_thing" ("size")' in output
    assert f"-- {len(fleet.schemas)} placements" in output
    assert fleet.fingerprints() == before
    assert fleet.catalog("platform") == catalog
    assert fleet.query("SELECT id FROM migration_runs") == runs
    assert all(fleet.applied(schema) == [] for schema in fleet.schemas)


def test_a_database_that_other_code_made_is_refused_with_the_way_out(
    fleet: FleetPlatform,
) -> None:
    fleet.release(things=CREATE_THINGS, colour=ADD_COLOUR)
    fleet.migrate()
    fleet.release(things=CREATE_THINGS, shade=ADD_COLOUR)
    before = fleet.fingerprints()
    output = fleet.migrate(status=1)
    assert "(fleetprobe.0002_colour)" in output
    assert "make a new database" in output
    assert "Traceback" not in output
    assert fleet.fingerprints() == before


def test_what_a_newer_release_has_migrated_is_no_reason_to_refuse(fleet: FleetPlatform) -> None:
    fleet.release(things=CREATE_THINGS, colour=ADD_COLOUR)
    fleet.migrate()
    fleet.release(things=CREATE_THINGS)
    assert "make a new database" not in fleet.migrate()


@with_things
def test_the_unsafe_is_refused_until_it_is_acknowledged(fleet: FleetPlatform) -> None:
    fleet.release(things=CREATE_THINGS, smaller=REMOVE_SIZE)
    before = fleet.fingerprints()
    output = fleet.migrate(status=1)
    assert "fleetprobe.0002_smaller: remove-field" in output
    assert "remove-field" in fleet.migrate("--dry-run")
    assert fleet.fingerprints() == before
    fleet.migrate("--acknowledge", "fleetprobe.0002_smaller")
    assert fleet.status()["pending"]["placements"] == []


@with_things
def test_a_migration_acknowledges_itself_with_a_reason(fleet: FleetPlatform) -> None:
    fleet.release(
        things=CREATE_THINGS,
        smaller='acknowledged = {"remove-field": "No release reads it."}\n---\n' + REMOVE_SIZE,
    )
    fleet.migrate()
    assert fleet.status()["pending"]["placements"] == []


def test_one_schema_alone(fleet: FleetPlatform) -> None:
    fleet.release(things=CREATE_THINGS)
    chosen = next(schema for schema in fleet.schemas if schema.startswith("t_"))
    fleet.migrate("--schema", chosen)
    assert fleet.applied(chosen) == ["0001_things"]
    pending = fleet.status()["pending"]["placements"]
    assert sorted(pending) == sorted(set(fleet.schemas) - {chosen})
    assert "There is no placement 'nobody'" in fleet.migrate("--schema", "nobody", status=1)
    assert len(fleet.migrate("--check", status=1).split()) > len(pending)
    fleet.migrate()
    assert "nothing to migrate" in fleet.migrate()
    fleet.migrate("--check")


@pytest.mark.parametrize("schema", ["platform"])
@with_things
def test_backwards_is_django_tenants_own_way(fleet: FleetPlatform, schema: str) -> None:
    fleet.migrate("fleetprobe", "zero", "--schema", schema)
    assert fleet.status()["pending"]["placements"] == [schema]
    assert fleet.query(f"SELECT to_regclass('{schema}.fleetprobe_thing')") == [(None,)]
    fleet.migrate()
    assert fleet.status()["pending"]["placements"] == []


def test_a_step_is_done_only_where_it_is_due(fleet: FleetPlatform) -> None:
    """What a killed run had sent may arrive after the next run did the same work."""
    ((number, fingerprint),) = fleet.query(
        "SELECT id, migrations FROM placements WHERE schema_name = 'platform'"
    )
    placement = Behind(number, "platform", "platform", fingerprint)
    fleet.query(records.claim(placement, Step(None, (), fingerprint, "next")))
    with pytest.raises(psycopg.Error, match="migrated by somebody else") as refusal:
        fleet.query(records.claim(placement, Step(None, (), "before", "next")))
    assert refusal.value.sqlstate == records.MOVED_ON


def test_right_after_the_first_migration_the_status_says_so(fleet: FleetPlatform) -> None:
    """That run finds no placement, and makes the operator's from nothing."""
    found = fleet.status()
    assert found["run"]["status"] == "done"
    assert "tenants.0001_initial" in found["run"]["migrations"]
    assert found["pending"] == {"public": False, "placements": []}
    assert fleet.migrate("--status").startswith("last run: done, begun ")
    # A run with nothing to do is none.
    fleet.migrate()
    assert fleet.status()["run"]["id"] == found["run"]["id"]
