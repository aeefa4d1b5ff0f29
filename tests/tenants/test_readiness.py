"""Ready means: this release can serve with the schemas that it finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection

from tenants.isolation import fingerprint
from tenants.models import Placement
from tenants.readiness import MigrationsPending, migrations_applied

if TYPE_CHECKING:
    from tenants.database.base import DatabaseWrapper

NEWER = ("rbac", "9999_of_a_newer_release")


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint, "_newer", set())


@pytest.fixture
def schemas(as_superuser: DatabaseWrapper) -> list[str]:  # noqa: ARG001  # rolled back
    return list(Placement.objects.filter(status="ready").values_list("schema_name", flat=True))


def migrated(schema: str, *, by: frozenset[tuple[str, str]]) -> None:
    """What ``record_migrated`` notes when a release with these migrations has migrated it."""
    digest = fingerprint.digest(by & frozenset(fingerprint.applied(schema)))
    Placement.objects.filter(schema_name=schema).update(migrations=digest)


def apply_newer(schema: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {schema}.django_migrations (app, name, applied) VALUES (%s, %s, now())",  # noqa: S608  # a schema's name
            NEWER,
        )


def test_all_is_ready_as_it_was_set_up(schemas: list[str]) -> None:
    assert len(schemas) > 1
    migrations_applied()


def test_this_release_serves_while_a_newer_one_has_migrated(schemas: list[str]) -> None:
    newer_release = fingerprint.on_disk() | {NEWER}
    for schema in ("public", *schemas):
        apply_newer(schema)
    for schema in schemas:
        migrated(schema, by=newer_release)
    migrations_applied()


def test_this_release_serves_while_placements_are_migrated_one_by_one(schemas: list[str]) -> None:
    apply_newer(schemas[0])
    migrated(schemas[0], by=fingerprint.on_disk() | {NEWER})
    migrations_applied()


@pytest.mark.parametrize("also_newer", [False, True])
def test_this_release_does_not_serve_before_its_own_migrations(
    schemas: list[str], also_newer: bool
) -> None:
    lacking = schemas[-1]
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {lacking}.django_migrations WHERE id = "  # noqa: S608  # a schema's name
            f"(SELECT max(id) FROM {lacking}.django_migrations)"
        )
    if also_newer:
        apply_newer(lacking)
    migrated(lacking, by=fingerprint.on_disk() | {NEWER})
    with pytest.raises(MigrationsPending, match="1 schemas"):
        migrations_applied()


def test_a_placement_of_which_nothing_is_noted_is_not_ready(schemas: list[str]) -> None:
    Placement.objects.filter(schema_name=schemas[0]).update(migrations="")
    with pytest.raises(MigrationsPending, match="1 schemas lack migrations"):
        migrations_applied()


def test_what_is_newer_is_asked_once(schemas: list[str], django_assert_num_queries: object) -> None:
    for schema in schemas:
        apply_newer(schema)
        migrated(schema, by=fingerprint.on_disk() | {NEWER})
    with django_assert_num_queries(3):  # type: ignore[operator]  # pytest-django's
        fingerprint.behind()
    with django_assert_num_queries(2):  # type: ignore[operator]  # pytest-django's
        fingerprint.behind()
