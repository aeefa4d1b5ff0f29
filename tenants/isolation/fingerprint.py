"""Which migrations a placement has, as one value that a single query can compare."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tenants.database.roles import APP_ROLE
from tenants.database.session import PUBLIC_SCHEMA
from tenants.models import Placement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Schemas in one query: it locks their tables of migrations, and locks are finite.
CHUNK = 200
_FINGERPRINT = """
    SELECT '{schema}', encode(sha256(convert_to(coalesce(
        string_agg(app || '.' || name, E'\\n' ORDER BY app COLLATE "C", name COLLATE "C"), ''
    ), 'UTF8')), 'hex')
    FROM (SELECT DISTINCT app, name FROM {schema}.django_migrations
          JOIN unnest(%(apps)s::text[], %(names)s::text[]) known (app, name) USING (app, name)) had
"""


@cache
def wanted() -> str:
    """The fingerprint of all migrations that this release carries."""
    return digest(on_disk())


@cache
def on_disk() -> frozenset[tuple[str, str]]:
    """All migrations that this release carries, of every app."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset(loader.disk_migrations or {})


def digest(migrations: frozenset[tuple[str, str]]) -> str:
    """The fingerprint of a set of migrations."""
    text = "\n".join(f"{app}.{name}" for app, name in sorted(migrations))
    return hashlib.sha256(text.encode()).hexdigest()


def record_migrated(schema_name: str) -> None:
    """Note what a schema has, after migrating it. Runs as the owner."""
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT SELECT ON {schema_name}.django_migrations TO {APP_ROLE}")
    if schema_name != PUBLIC_SCHEMA:
        Placement.objects.filter(schema_name=schema_name).update(
            migrations=digest(on_disk() & applied(schema_name))
        )


def recorded_wrongly(schemas: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """The placements whose noted fingerprint is not that of their migrations.

    One query for the notes and one for each ``CHUNK`` schemas.

    Yields:
        The schema, what is noted, and what it really has.
    """
    noted = dict(Placement.objects.values_list("schema_name", "migrations"))
    wanted_for = sorted(schemas)
    for start in range(0, len(wanted_for), CHUNK):
        for schema, actual in _fingerprints(wanted_for[start : start + CHUNK]):
            if noted[schema] != actual:
                yield schema, noted[schema], actual


def _fingerprints(schemas: Iterable[str]) -> list[tuple[str, str]]:
    """As ``digest`` of what each schema has of this release, computed by PostgreSQL."""
    query = " UNION ALL ".join(_FINGERPRINT.format(schema=schema) for schema in schemas)
    apps, names = zip(*sorted(on_disk()), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(query, {"apps": list(apps), "names": list(names)})
        return [(schema, digest) for schema, digest in cursor.fetchall()]


def applied(schema_name: str) -> set[tuple[str, str]]:
    """The migrations recorded in a schema."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT app, name FROM {schema_name}.django_migrations")  # noqa: S608  # the name is ours and its alphabet is closed
        return set(cursor.fetchall())


def behind() -> list[str]:
    """The ready schemas that lack migrations of this release; those of newer ones do no harm.

    While a newer release is rolled out, the processes of this one find migrations that they do
    not know, which were reviewed for them to live with (``tenants.fleet``). Two queries for any
    number of placements, and one more for each fingerprint that is new to this process.
    """
    public = [] if on_disk() <= applied(PUBLIC_SCHEMA) else [PUBLIC_SCHEMA]
    by_note: dict[str, list[str]] = {}
    others = Placement.objects.exclude(migrations=wanted()).filter(status="ready")
    for schema, noted in others.values_list("schema_name", "migrations"):
        by_note.setdefault(noted, []).append(schema)
    lacking = [schemas for noted, schemas in by_note.items() if not _is_newer(noted, schemas[0])]
    return public + sorted(schema for schemas in lacking for schema in schemas)


_newer: set[str] = set()


def _is_newer(noted: str, schema: str) -> bool:
    """Whether placements with this fingerprint have all of this release's migrations, and more.

    One of them stands for all: equal fingerprints are equal sets of migrations.
    """
    if noted and noted not in _newer and on_disk() <= applied(schema):
        _newer.add(noted)
    return noted in _newer
