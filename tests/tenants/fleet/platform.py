"""A platform of its own for one test: a database with placements, and releases to migrate to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.db import DEFAULT_DB_ALIAS, connections

from tenants.database.roles import owner_connection
from tenants.isolation import snapshot
from tests.services import ROOT, Services

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django.plugin import DjangoDbBlocker

    from tests.loaded_platform import LoadedPlatform

PROBE = "fleetprobe"
CREATE_THINGS = """
    migrations.CreateModel(
        "Thing",
        [("id", models.BigAutoField(primary_key=True)),
         ("name", models.CharField(max_length=50, default="", db_default="")),
         ("size", models.IntegerField(null=True))],
    ),
"""
"""The operation that makes the table ``fleetprobe_thing``."""
with_things = pytest.mark.parametrize(
    "fleet", ["template_with_things"], indirect=True, ids=["with-things"]
)
"""For tests of ``fleet`` that begin after ``release(things=CREATE_THINGS)`` and ``migrate()``."""

_HEADER = """
    import time
    from django.contrib.postgres.operations import AddIndexConcurrently
    from django.db import migrations, models
    from django.db.models import Q
    from tenants.fleet.operations import AddIndexOnline, RemoveIndexOnline
"""


@dataclass(frozen=True, slots=True)
class FleetPlatform:
    """One database and the code that is deployed on it.

    Attributes:
        services: the servers of the test run.
        database: of this test alone.
        code: the folder of the probe app.
        schemas: the placements that were there when it was made, by name.
        blocker: lets Django connect in a test that has not asked for the usual database.
        loaded: runs its commands.
    """

    services: Services
    database: str
    code: Path
    schemas: tuple[str, ...]
    blocker: DjangoDbBlocker
    loaded: LoadedPlatform

    def release(self, **migrations: str) -> None:
        """Deploy these migrations of the probe app and no others: name and operations, in order.

        A name that begins with ``online`` makes a migration that is not atomic.
        """
        folder = self.code / PROBE / "migrations"
        folder.mkdir(parents=True, exist_ok=True)
        for package in (folder.parent, folder):
            (package / "__init__.py").touch()
        for former in folder.glob("0*.py"):
            former.unlink()
        previous = ""
        for number, (name, operations) in enumerate(migrations.items(), start=1):
            numbered = f"{number:04d}_{name}"
            (folder / f"{numbered}.py").write_text(
                _migration(operations, previous, atomic=not name.startswith("online")),
                encoding="utf-8",
            )
            previous = numbered

    @property
    def environment(self) -> dict[str, str]:
        """Its variables."""
        return {
            **os.environ,
            **self.services.environment(self.database, 0),
            "DATABASE_URL": self.services.app_url(self.database),
            "DJANGO_SETTINGS_MODULE": "tests.tenants.fleet.settings",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{self.code}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "FLEET_PROBE": "1" if (self.code / PROBE).exists() else "",
        }

    def manage(self, *arguments: str, status: int = 0) -> str:
        """Run ``manage.py``; return what it printed. Its exit status must be ``status``."""
        ended_with, output = self.loaded.run(*arguments, environment=self.environment)
        assert ended_with == status, output[-4000:]
        return output

    def migrate(self, *options: str, status: int = 0) -> str:
        """Run ``migrate_schemas``."""
        return self.manage("migrate_schemas", *options, status=status)

    def start(self, *options: str) -> subprocess.Popen[str]:
        """Start ``migrate_schemas`` in a process that loads everything, and do not wait for it."""
        return subprocess.Popen(  # noqa: S603  # our own manage.py
            [sys.executable, "manage.py", "migrate_schemas", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=ROOT,
            env=self.environment,
        )

    def status(self) -> dict[str, Any]:
        """What ``--status --json`` says."""
        found: dict[str, Any] = json.loads(self.migrate("--status", "--json"))
        return found

    def connect(self) -> psycopg.Connection[Any]:
        """A session of the owner, in autocommit."""
        return psycopg.connect(self.services.owner_url(self.database), autocommit=True)

    def query(self, text: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Run one statement as the owner."""
        with self.connect() as session:
            cursor = session.execute(text, parameters)
            return cursor.fetchall() if cursor.description else []

    def fingerprints(self) -> dict[str, str]:
        """Of each placement."""
        return dict(self.query("SELECT schema_name, migrations FROM placements"))

    def applied(self, schema: str) -> list[str]:
        """The probe's migrations recorded in a schema, duplicates included."""
        rows = self.query(
            f"SELECT name FROM {schema}.django_migrations WHERE app = %s ORDER BY name",  # noqa: S608
            PROBE,
        )
        return [name for (name,) in rows]

    def catalog(self, schema: str) -> dict[str, Any]:
        """All that PostgreSQL knows of a schema, in a form without the schema's own name."""
        with self._as_connection():
            taken = snapshot.take([schema], roles=[], leaky_views=[])
        described: dict[str, Any] = {
            name: _without_name(relation, schema) for name, relation in taken.tables(schema).items()
        }
        described["columns"] = self.query(
            "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,"
            " replace(pg_get_expr(d.adbin, d.adrelid), %s, '')"
            " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
            " AND NOT a.attisdropped"
            " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
            " WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r'"
            " ORDER BY c.relname, a.attname",
            f"{schema}.",
            schema,
        )
        described["indexes"] = self.query(
            "SELECT replace(indexdef, %s, '') FROM pg_indexes WHERE schemaname = %s ORDER BY 1",
            f"{schema}.",
            schema,
        )
        return described

    @contextmanager
    def _as_connection(self) -> Iterator[None]:
        usual, own = connections[DEFAULT_DB_ALIAS], owner_connection()
        own.settings_dict["NAME"] = self.database
        connections[DEFAULT_DB_ALIAS] = own
        try:
            with self.blocker.unblock():
                yield
        finally:
            connections[DEFAULT_DB_ALIAS] = usual
            own.close()


def _without_name(relation: snapshot.Relation, schema: str) -> str:
    content = {
        "facts": relation.facts,
        "policies": sorted(map(str, relation.policies)),
        "constraints": sorted(map(str, relation.constraints)),
        "indexes": sorted(map(str, relation.indexes)),
        "grants": {role: sorted(verbs) for role, verbs in sorted(relation.grants.items())},
    }
    return str(content).replace(schema, "SCHEMA")


def _migration(operations: str, previous: str, *, atomic: bool) -> str:
    dependencies = f'[("{PROBE}", "{previous}")]' if previous else "[]"
    functions, _, listed = operations.rpartition("---")
    return (
        textwrap.dedent(_HEADER)
        + textwrap.dedent(functions)
        + f"\nclass Migration(migrations.Migration):\n"
        f"    atomic = {atomic}\n"
        f"    dependencies = {dependencies}\n"
        f"    operations = [\n{listed}\n    ]\n"
        + ("" if "acknowledged" not in functions else "    acknowledged = acknowledged\n")
    )
