"""Which schemas lack migrations of this release: one query for any number of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.db import ProgrammingError, connection
from psycopg import errors

from tenants.isolation.fingerprint import on_disk, wanted

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
        public: the shared schema lacks migrations.
        placements: those that are ready and lack migrations, by name.
        is_fresh: there is no placement yet, hence nobody whom a migration could disturb.
    """

    public: bool
    placements: tuple[Behind, ...]
    is_fresh: bool

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return self.public or bool(self.placements)


def find() -> Pending:
    """Ask the database; the search path does not matter."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_BEHIND, [wanted()])
            applied, count, behind = cursor.fetchone()
    except ProgrammingError as error:
        if not isinstance(error.__cause__, errors.UndefinedTable):
            raise
        return Pending(public=True, placements=(), is_fresh=True)
    return Pending(
        public=not on_disk() <= {(app, name) for app, name in _decoded(applied)},
        placements=tuple(Behind(*row) for row in _decoded(behind)),
        is_fresh=count == 0,
    )


def _decoded(value: Any) -> list[list[Any]]:
    """The rows of a JSON array; NULL is no row at all."""
    return json.loads(value) if value else []
