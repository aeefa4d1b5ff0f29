"""Which schemas lack migrations of this release: one query for any number of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import ProgrammingError, connection
from psycopg import errors

from tenants.fleet.errors import ForeignDatabase
from tenants.isolation.fingerprint import on_disk, wanted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Plain SQL: the models may be ahead of `public`, which is migrated after this.
_BEHIND = """
    SELECT (SELECT json_agg(json_build_array(app, name))::text FROM public.django_migrations),
           (SELECT count(*) FROM public.placements),
           (SELECT json_agg(json_build_array(id, schema_name, kind, migrations)
                            ORDER BY schema_name)::text
            FROM public.placements WHERE status = 'ready' AND migrations <> %s)
"""


@dataclass(frozen=True, slots=True)
class Behind:
    """A placement that lacks migrations.

    Attributes:
        id: of its row in ``placements``.
        schema_name: its PostgreSQL schema.
        kind: a ``PlacementKind``.
        fingerprint: of the migrations that it has; empty when nobody has noted it.
    """

    id: int
    schema_name: str
    kind: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Pending:
    """What a run has to do.

    Attributes:
        missing: the migrations that the shared schema lacks, as ``app.name``.
        vanished: those that it has and this release does not, though it numbers them no higher
            than its own: other code made the database, and not a newer release.
        placements: those that are ready and lack migrations, by name.
        is_fresh: there is no placement yet, hence nobody whom a migration could disturb.
    """

    missing: tuple[str, ...]
    vanished: tuple[str, ...]
    placements: tuple[Behind, ...]
    is_fresh: bool

    @property
    def public(self) -> bool:
        """Whether the shared schema lacks migrations."""
        return bool(self.missing)

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return self.public or bool(self.placements)

    def refuse_foreign(self) -> None:
        """Check that this release's code, or older code of the same line, made the database.

        Raises:
            ForeignDatabase: it did not.
        """
        if self.vanished:
            raise ForeignDatabase(
                f"This database was made by migrations that are not there any more "
                f"({', '.join(self.vanished)}): before the first release, or on another branch. "
                "No migration leads from it to here, so make a new database: "
                "docs/operations/migrations.md#databases-from-before-the-first-release"
            )


def find() -> Pending:
    """Ask the database; the search path does not matter."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_BEHIND, [wanted()])
            applied, count, behind = cursor.fetchone()
    except ProgrammingError as error:
        if not isinstance(error.__cause__, errors.UndefinedTable):
            raise
        return Pending(missing=_named(on_disk()), vanished=(), placements=(), is_fresh=True)
    known = {(app, name) for app, name in _decoded(applied)}
    return Pending(
        missing=_named(on_disk() - known),
        vanished=_named(_no_newer(known - on_disk())),
        placements=tuple(Behind(*row) for row in _decoded(behind)),
        is_fresh=count == 0,
    )


def _no_newer(migrations: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Those that do not come after this release's last of the same app."""
    last = dict(sorted(on_disk()))
    return ((app, name) for app, name in migrations if name[:4] <= last.get(app, "")[:4])


def _named(migrations: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(f"{app}.{name}" for app, name in sorted(migrations))


def _decoded(value: Any) -> list[list[Any]]:
    """The rows of a JSON array; NULL is no row at all."""
    return json.loads(value) if value else []
