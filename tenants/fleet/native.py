"""One placement, with Django's own machinery; what is plain SQL is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from tenants.fleet import records
from tenants.fleet.recording import RecordingEditor
from tenants.fleet.retrying import RetryPolicy, persistently
from tenants.fleet.runs import join

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.migrations.state import ProjectState

    from tenants.database.base import DatabaseWrapper
    from tenants.fleet.migration_plans import MigrationPlan, Step
    from tenants.fleet.pending import Behind


@dataclass(frozen=True, slots=True)
class NativeRunner:
    """Runs steps on one placement at a time.

    Attributes:
        connection: the owner's, of this thread.
        retry_policy: with locks.
        run_id: where progress is noted; None for nowhere.
    """

    connection: DatabaseWrapper
    retry_policy: RetryPolicy
    run_id: UUID | None = None

    def lead(self, placement: Behind, plan: MigrationPlan) -> None:
        """Take a placement through all of a plan, and record it for the others."""
        state = plan.state.clone()
        for step in plan.steps:
            step.state = state.clone()
            state, editor = self.run(placement, step, is_last=step is plan.steps[-1])
            step.statements = tuple(editor.statements) if not editor.strays else None
        plan.is_recorded = True

    def run(
        self, placement: Behind, step: Step, *, is_last: bool
    ) -> tuple[ProjectState, RecordingEditor]:
        """Do one step; return the models after it, and the editor that saw it.

        Raises:
            Exception: whatever the migration raises; an atomic one has left nothing.
        """
        join(self.connection)
        self.connection.set_schema(placement.schema_name)
        try:
            if step.migration is not None and not step.migration.atomic:
                # Half done is not undone, so a second attempt would meet the first one's remains.
                return self._outside_transaction(placement, step, is_last=is_last)
            return persistently(
                lambda: self._in_transaction(placement, step, is_last=is_last), self.retry_policy
            )
        finally:
            self.connection.set_schema_to_public()

    def _in_transaction(
        self, placement: Behind, step: Step, *, is_last: bool
    ) -> tuple[ProjectState, RecordingEditor]:
        with transaction.atomic():
            self._say(
                f"SET LOCAL lock_timeout = {self.retry_policy.milliseconds}",
                records.claim(placement, step),
            )
            done = self._apply(step, atomic=True)
            self._say(*records.done(placement, step, self.run_id, is_last=is_last))
        return done

    def _outside_transaction(
        self, placement: Behind, step: Step, *, is_last: bool
    ) -> tuple[ProjectState, RecordingEditor]:
        with self.connection.placement_on_session():
            self._say(
                f"SET lock_timeout = {self.retry_policy.milliseconds}",
                records.claim(placement, step),
            )
            done = self._apply(step, atomic=False)
            with transaction.atomic():
                self._say(
                    records.claim(placement, step),
                    *records.done(placement, step, self.run_id, is_last=is_last),
                )
        return done

    def _apply(self, step: Step, *, atomic: bool) -> tuple[ProjectState, RecordingEditor]:
        assert step.state is not None  # noqa: S101  # a placement has led the way
        state = step.state.clone()
        editor = RecordingEditor(self.connection, atomic=atomic)
        if step.migration is None:
            return state, editor
        # Rendered once and then kept up to date, as Django's executor does.
        _ = state.apps
        with editor.watched():
            state = step.migration.apply(state, editor)
        return state, editor

    def _say(self, *statements: str) -> None:
        with self.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
