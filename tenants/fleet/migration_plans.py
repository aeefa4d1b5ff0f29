"""What a placement needs to come from one fingerprint to this release's."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from django.db import router
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations import SeparateDatabaseAndState
from django.db.migrations.state import ProjectState

from tenants.isolation.fingerprint import digest, on_disk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.migrations.migration import Migration
    from django.db.migrations.operations.base import Operation

    from tenants.database.base import DatabaseWrapper

Key = tuple[str, str]
"""An app's label and a migration's name."""


@dataclass(slots=True)
class Step:
    """One migration, or only a note that one counts as done.

    Attributes:
        migration: what to run; None for the note.
        records: what to write into ``django_migrations``.
        start, result: the fingerprints of a placement before and after it.
        is_plain: it is nothing but SQL in one transaction, the same in every placement.
        state: the models as they are before it; known once one placement came by.
        statements: the SQL; None until a placement has run it and it was recorded.
    """

    migration: Migration | None
    records: tuple[Key, ...]
    start: str
    result: str
    is_plain: bool = True
    state: ProjectState | None = None
    statements: tuple[str, ...] | None = None

    @property
    def can_be_replayed(self) -> bool:
        """Whether the recorded SQL does all of it."""
        return self.is_plain and self.statements is not None

    def __str__(self) -> str:
        return "record " + ", ".join(".".join(key) for key in self.records)


@dataclass(slots=True)
class MigrationPlan:
    """The steps for all placements that have the same migrations.

    Attributes:
        start: the fingerprint that these placements have.
        steps: in the order in which they run; never empty.
        state: the models as they are before the first step.
        is_recorded: a placement went through all of it.
    """

    start: str
    steps: Sequence[Step]
    state: ProjectState = field(repr=False)
    is_recorded: bool = False

    @property
    def migrations(self) -> list[Migration]:
        """What runs."""
        return [step.migration for step in self.steps if step.migration is not None]

    @property
    def result(self) -> str:
        """The fingerprint at the end."""
        return self.steps[-1].result

    def remaining(self, fingerprint: str) -> Sequence[Step] | None:
        """The steps that a placement with this fingerprint lacks; None if it is not on the way."""
        for position, step in enumerate(self.steps):
            if step.start == fingerprint:
                return self.steps[position:]
        return () if fingerprint == self.result else None

    def segments(self) -> list[list[Step]]:
        """The steps in runs of those that are replayed, and singly those that are not."""
        runs: list[list[Step]] = []
        for replayed, group in groupby(self.steps, key=lambda step: step.can_be_replayed):
            steps = list(group)
            runs.extend([steps] if replayed else [[step] for step in steps])
        return runs


def plan_for(connection: DatabaseWrapper, schema_name: str, fingerprint: str) -> MigrationPlan:
    """What one placement, and every other with its fingerprint, needs.

    Django decides, as for its own ``migrate``: order, squashed migrations, consistency.

    Raises:
        InconsistentMigrationHistory: a migration is recorded and one it rests on is not.
    """
    connection.set_schema(schema_name)
    try:
        executor = MigrationExecutor(connection)
        executor.loader.check_consistent_history(connection)
        todo = {migration for migration, _ in executor.migration_plan(_leaves(executor))}
        applied = set(executor.loader.applied_migrations or {})
        order = executor.migration_plan(_leaves(executor), clean_start=True)
        state = ProjectState(real_apps=executor.loader.unmigrated_apps)
        for migration, _ in order:
            if _key(migration) in applied:
                migration.mutate_state(state, preserve=False)
        steps = _steps(
            [migration for migration, _ in order if migration in todo],
            applied,
            executor,
            fingerprint,
        )
        return MigrationPlan(fingerprint, steps, state)
    finally:
        connection.set_schema_to_public()


def _leaves(executor: MigrationExecutor) -> list[Key]:
    leaves: list[Key] = executor.loader.graph.leaf_nodes()
    return leaves


def _key(migration: Migration) -> Key:
    return migration.app_label, migration.name


def _steps(
    migrations: Iterable[Migration], applied: set[Key], executor: MigrationExecutor, start: str
) -> list[Step]:
    steps: list[Step] = []
    has = set(applied)
    for migration in migrations:
        records = (*migration.replaces, _key(migration))
        has |= set(records)
        result = digest(on_disk() & has)
        plain = _is_plain(migration, executor.connection.alias)
        steps.append(Step(migration, records, start, result, is_plain=plain))
        start = result
    squashed = _squashed(executor, has)
    if squashed or not steps:
        steps.append(Step(None, squashed, start, digest(on_disk() & (has | set(squashed)))))
    return steps


def _squashed(executor: MigrationExecutor, has: set[Key]) -> tuple[Key, ...]:
    """Squashed migrations whose parts are all there: Django notes them as applied."""
    return tuple(
        key
        for key, migration in sorted(executor.loader.replacements.items())
        if key not in has and has.issuperset(migration.replaces)
    )


def _is_plain(migration: Migration, alias: str) -> bool:
    """Whether it is the same SQL in every placement, in one transaction.

    Migrations of shared apps do nothing in a placement, whatever they hold.
    """
    if not router.allow_migrate(alias, migration.app_label):
        return True
    return migration.atomic and all(map(_is_sql, migration.operations))


def _is_sql(operation: Operation) -> bool:
    if isinstance(operation, SeparateDatabaseAndState):
        return all(map(_is_sql, operation.database_operations))
    return operation.reduces_to_sql
