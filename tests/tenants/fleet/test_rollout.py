"""Runs over a real fleet: order, failures, locks, kills, and what is written down."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import psycopg

from tests.sampling import examples
from tests.tenants.fleet.platform import CREATE_THINGS, with_things

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.tenants.fleet.platform import FleetPlatform

ADD_COLOUR = 'migrations.AddField("thing", "colour", models.CharField(max_length=9, null=True)),'
FILL = """
    def fill(apps, schema_editor):
        apps.get_model("fleetprobe", "Thing").objects.create(name="made by Python")
    ---
    migrations.RunPython(fill, migrations.RunPython.noop),
"""
INDEX_ONLINE = 'AddIndexOnline("thing", models.Index(fields=["size"], name="thing_size_idx")),'
COUNT = "SELECT count(*) FROM {}.fleetprobe_thing"
TEMPLATE = "placement_template"
KILLS = examples("of moments at which a migration is killed", full=20, few=8)


def others(fleet: FleetPlatform) -> list[str]:
    """The placements after the template and the canary."""
    return [schema for schema in fleet.schemas if schema not in (TEMPLATE, "platform")]


def until(condition: Callable[[], Any]) -> None:
    """Ask again until it is so; the test's own time-out ends what never comes."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it never came about"


def test_python_and_indexes_built_online_run_in_each_placement(fleet: FleetPlatform) -> None:
    fleet.release(things=CREATE_THINGS, fill=FILL, online_index=INDEX_ONLINE, colour=ADD_COLOUR)
    fleet.migrate()
    catalogs = [fleet.catalog(schema) for schema in fleet.schemas]
    assert "thing_size_idx" in str(catalogs[0])
    assert all(catalog == catalogs[0] for catalog in catalogs)
    assert all(fleet.query(COUNT.format(schema)) == [(1,)] for schema in fleet.schemas)
    assert fleet.query("SELECT to_regclass('public.fleetprobe_thing')") == [(None,)]
    assert "every table" not in fleet.manage("check_isolation", status=1)


@with_things
def test_an_index_that_a_killed_run_left_half_made_is_made_anew(fleet: FleetPlatform) -> None:
    whole, broken = others(fleet)[:2]
    for schema in (whole, broken):
        fleet.query(f"CREATE INDEX thing_size_idx ON {schema}.fleetprobe_thing (size)")
    with psycopg.connect(fleet.services.admin_url, dbname=fleet.database) as admin:
        admin.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass",
            [f"{broken}.thing_size_idx"],
        )
    before = fleet.query(f"SELECT '{whole}.thing_size_idx'::regclass::oid")
    fleet.release(things=CREATE_THINGS, online_index=INDEX_ONLINE)
    fleet.migrate()
    assert fleet.query(f"SELECT '{whole}.thing_size_idx'::regclass::oid") == before
    assert fleet.catalog(broken) == fleet.catalog(whole)


def test_a_placement_that_fails_stops_nobody_and_is_reported(fleet: FleetPlatform) -> None:
    victim = others(fleet)[1]
    fleet.query(f"CREATE TABLE {victim}.fleetprobe_thing (id int)")
    fleet.release(things=CREATE_THINGS)
    before = fleet.fingerprints()
    output = fleet.migrate(status=1)
    assert f"{victim}: failed:" in output
    after = fleet.fingerprints()
    assert {schema for schema in after if after[schema] == before[schema]} == {victim}
    status = fleet.status()
    assert status["run"]["status"] == "failed"
    assert status["run"]["placements"] == {
        "waiting": 0,
        "done": len(fleet.schemas) - 1,
        "failed": 1,
    }
    assert [one["schema"] for one in status["run"]["failed"]] == [victim]
    assert "already exists" in status["run"]["failed"][0]["reason"]
    assert status["pending"] == {"public": False, "placements": [victim]}
    assert f"failed: {victim}" in fleet.migrate("--status")

    fleet.query(f"DROP TABLE {victim}.fleetprobe_thing")
    fleet.migrate()
    assert len(set(fleet.fingerprints().values())) == 1
    assert fleet.catalog(victim) == fleet.catalog("platform")


@with_things
def test_a_failing_python_migration_leaves_the_placement_as_it_was(fleet: FleetPlatform) -> None:
    victim = others(fleet)[0]
    insert = "INSERT INTO {}.fleetprobe_thing (name) VALUES ('unlucky')"
    fleet.query(insert.format(victim))
    fleet.release(
        things=CREATE_THINGS,
        fill="""
            def fill(apps, schema_editor):
                things = apps.get_model("fleetprobe", "Thing").objects
                unlucky = things.filter(name="unlucky").exists()
                things.create(name="made by Python")
                if unlucky:
                    raise ValueError("this one is unlucky")
            ---
            migrations.RunPython(fill),
        """,
    )
    assert f"{victim}: failed: ValueError: this one is unlucky" in fleet.migrate(status=1)
    assert fleet.query(COUNT.format(victim)) == [(1,)]
    assert fleet.applied(victim) == ["0001_things"]
    assert all(fleet.query(COUNT.format(one)) == [(1,)] for one in fleet.schemas)


def test_nobody_is_touched_when_the_canary_fails(fleet: FleetPlatform) -> None:
    fleet.query("CREATE TABLE platform.fleetprobe_thing (id int)")
    fleet.release(things=CREATE_THINGS)
    before = fleet.fingerprints()
    assert "platform failed, so no other placement was touched" in fleet.migrate(status=1)
    after = fleet.fingerprints()
    assert {schema for schema in after if after[schema] != before[schema]} <= {TEMPLATE}
    assert fleet.status()["run"]["status"] == "failed"
    # Another canary would have let the rest through.
    fleet.migrate("--canary", others(fleet)[0], status=1)
    assert fleet.status()["pending"]["placements"] == ["platform"]


def test_a_fingerprint_that_is_not_true_is_noticed(fleet: FleetPlatform) -> None:
    """Plans are made by fingerprint, so a false one must not stand for a placement."""
    dropped, misnoted, unknown = others(fleet)[1:4]
    note = "UPDATE placements SET migrations = %s WHERE schema_name = %s"
    for schema, fingerprint in ((dropped, "a"), (misnoted, "b"), (unknown, "")):
        fleet.query(note, fingerprint, schema)
    fleet.query(f"DROP SCHEMA {dropped} CASCADE")
    fleet.release(things=CREATE_THINGS)
    assert f"{dropped}: failed:" in fleet.migrate(status=1)
    assert fleet.status()["pending"]["placements"] == [dropped]
    for schema in (misnoted, unknown):
        assert fleet.applied(schema) == ["0001_things"]
        assert fleet.catalog(schema) == fleet.catalog("platform")


def test_a_missing_template_stops_the_run(fleet: FleetPlatform) -> None:
    fleet.query(f"DROP SCHEMA {TEMPLATE} CASCADE")
    fleet.release(things=CREATE_THINGS)
    before = fleet.fingerprints()
    assert f"{TEMPLATE} failed, so no other placement was touched" in fleet.migrate(status=1)
    assert fleet.fingerprints() == before


@with_things
def test_a_lock_is_waited_for_briefly_and_then_tried_again(fleet: FleetPlatform) -> None:
    fleet.release(things=CREATE_THINGS, colour=ADD_COLOUR)
    busy = others(fleet)[2]
    with fleet.connect() as session, session.transaction():
        session.execute(f"LOCK TABLE {busy}.fleetprobe_thing IN ACCESS SHARE MODE")
        output = fleet.migrate("--lock-timeout", "0.1", "--retries", "1", status=1)
        assert f"{busy}: failed:" in output
        (failed,) = fleet.status()["run"]["failed"]
        assert "lock timeout" in failed["reason"]
        assert failed["attempts"] == 2
        assert fleet.status()["pending"]["placements"] == [busy]
        patient = fleet.start("--lock-timeout", "0.1", "--retries", "1000")
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
        until(lambda: fleet.query(waiting, f"{busy}.fleetprobe_thing") == [(1,)])
    assert patient.communicate(timeout=60)[0].endswith("1 migrated, 0 failed\n")
    assert patient.returncode == 0
    assert fleet.catalog(busy) == fleet.catalog("platform")


@with_things
def test_of_two_runs_at_once_the_second_is_refused(fleet: FleetPlatform) -> None:
    fleet.release(things=CREATE_THINGS, colour=ADD_COLOUR)
    with fleet.connect() as session, session.transaction():
        session.execute("LOCK TABLE platform.fleetprobe_thing IN ACCESS SHARE MODE")
        first = fleet.start("--retries", "1000")
        until(lambda: fleet.query("SELECT 1 FROM migration_runs WHERE status = 'running'"))
        assert "Another migrate_schemas is at work" in fleet.migrate(status=1)
    output, _ = first.communicate(timeout=60)
    assert first.returncode == 0, output
    assert "nothing to migrate" in fleet.migrate()


def test_what_a_killed_run_left_is_taken_up(fleet: FleetPlatform) -> None:
    """Killed at random moments while releases with all kinds of migrations come."""
    moments = random.Random(random.random())  # noqa: S311  # of the run's seed; no secrets
    released = {"things": CREATE_THINGS}
    kills = 0
    while kills < KILLS:
        _add_release(released, kills)
        fleet.release(**released)
        process = fleet.start()
        until(
            lambda: (
                process.poll() is not None  # noqa: B023  # called in this round
                or fleet.query("SELECT 1 FROM migration_runs WHERE status = 'running'")
            )
        )
        try:
            process.wait(timeout=moments.uniform(0, 0.6))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        output, _ = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), output
        kills += 1
    fleet.migrate()
    expected = fleet.catalog(TEMPLATE)
    names = [f"{number:04d}_{name}" for number, name in enumerate(released, start=1)]
    filled = sum(name.startswith("fill") for name in released)
    assert fleet.schemas
    for schema in fleet.schemas:
        assert fleet.applied(schema) == names
        assert fleet.catalog(schema) == expected
        assert fleet.query(COUNT.format(schema)) == [(filled,)]
    assert len(set(fleet.fingerprints().values())) == 1
    running = "SELECT count(*) FROM migration_runs WHERE status = 'running'"
    assert fleet.query(running) == [(0,)]


def _add_release(released: dict[str, str], number: int) -> None:
    kind = number % 4
    if kind == 0:
        released[f"fill_{number}"] = FILL
    elif kind == 1:
        released[f"online_{number}"] = INDEX_ONLINE.replace("_idx", f"_{number}_idx")
    else:
        released[f"field_{number}"] = (
            f'migrations.AddField("thing", "f{number}", models.IntegerField(null=True)),'
        )


_PLACEMENT = "(SELECT id FROM placements WHERE schema_name = %s)"
_ITS_TENANT = f"(SELECT id FROM tenants WHERE placement_id = {_PLACEMENT})"  # noqa: S608  # constants
_ERASE = (
    f"DELETE FROM placement_migrations WHERE placement_id = {_PLACEMENT}",  # noqa: S608  # constants
    f"DELETE FROM domains WHERE tenant_id = {_ITS_TENANT}",  # noqa: S608  # constants
    f"DELETE FROM tenants WHERE id = {_ITS_TENANT}",  # noqa: S608  # constants
    f"DELETE FROM placements WHERE id = {_PLACEMENT}",  # noqa: S608  # constants
)


@with_things
def test_a_tenant_that_is_erased_meanwhile_fails_no_run(fleet: FleetPlatform) -> None:
    fleet.release(things=CREATE_THINGS, colour=ADD_COLOUR)
    erased, going = others(fleet)[:2]
    with fleet.connect() as session, session.transaction():
        session.execute("LOCK TABLE platform.fleetprobe_thing IN ACCESS SHARE MODE")
        run = fleet.start("--retries", "1000")
        waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
        until(lambda: fleet.query(waiting, "platform.fleetprobe_thing"))
        for schema in (erased, going):
            fleet.query(f"DROP SCHEMA {schema} CASCADE")
        for statement in _ERASE:
            fleet.query(statement, erased)
        fleet.query("UPDATE placements SET status = 'failed' WHERE schema_name = %s", going)
    output = run.communicate(timeout=60)[0]
    assert (run.returncode, "0 failed" in output) == (0, True), output
    run_status = fleet.status()["run"]
    assert (run_status["status"], run_status["failed"]) == ("done", [])
    wanted = fleet.fingerprints()["platform"]
    behind = {schema for schema, has in fleet.fingerprints().items() if has != wanted}
    assert behind == {going}
