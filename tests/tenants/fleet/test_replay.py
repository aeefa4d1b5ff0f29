from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tenants.fleet.platform import CREATE_THINGS

if TYPE_CHECKING:
    from tests.tenants.fleet.platform import FleetPlatform

WIDEN = """
    migrations.AddField("thing", "colour", models.CharField(max_length=9, null=True)),
    migrations.AddField(
        "thing", "owner", models.ForeignKey("fleetprobe.Thing", null=True, on_delete=models.CASCADE)
    ),
    migrations.RunSQL("COMMENT ON TABLE fleetprobe_thing IS '100% of %s; things' -- a comment"),
    migrations.RunSQL([("UPDATE fleetprobe_thing SET name = %s WHERE size = 1", ["it''s %d"])]),
"""


RISKY = ("--acknowledge", "fleetprobe.0002_wider")


def test_what_is_replayed_is_what_django_would_have_made(fleet: FleetPlatform) -> None:
    fleet.release(things=CREATE_THINGS, wider=WIDEN)
    by_django, *others = [schema for schema in fleet.schemas if schema.startswith("t_")]
    fleet.migrate("--schema", by_django, "--executor=standard")
    assert f"{len(fleet.schemas) - 1} migrated, 0 failed" in fleet.migrate(*RISKY)
    expected = fleet.catalog(by_django)
    assert "fleetprobe_thing" in expected
    for schema in others:
        assert fleet.catalog(schema) == expected
        assert fleet.applied(schema) == ["0001_things", "0002_wider"]
    assert len(set(fleet.fingerprints().values())) == 1
    assert fleet.status()["pending"] == {"public": False, "placements": []}
