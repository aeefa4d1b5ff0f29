"""What a run would do, as SQL, without doing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from tenants.fleet.recording import RecordingEditor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.migrations.state import ProjectState

    from tenants.database.base import DatabaseWrapper
    from tenants.fleet.migration_plans import MigrationPlan, Step
    from tenants.fleet.retrying import RetryPolicy


def preview(
    connection: DatabaseWrapper, schema_name: str, plan: MigrationPlan, retry_policy: RetryPolicy
) -> list[str]:
    """The SQL of a plan, read off one schema that has its fingerprint.

    Plain steps are run in a transaction that is rolled back, because what Django sends
    depends on what it finds. From the first other step on, nothing is run, and what Django
    would look up in tables that are not there yet is left out.
    """
    connection.set_schema(schema_name)
    try:
        plain, rest = _split(plan.steps)
        state = plan.state.clone()
        lines: list[str] = []
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = {retry_policy.milliseconds}")
            for step in plain:
                state = _run(connection, step, state, lines)
            transaction.set_rollback(True)
        for step in rest:
            state = _collect(connection, step, state, lines)
        return lines
    finally:
        connection.set_schema_to_public()


def _split(steps: Sequence[Step]) -> tuple[Sequence[Step], Sequence[Step]]:
    for position, step in enumerate(steps):
        if not step.is_plain:
            return steps[:position], steps[position:]
    return steps, ()


def _run(
    connection: DatabaseWrapper, step: Step, state: ProjectState, lines: list[str]
) -> ProjectState:
    lines.append(f"-- {step}")
    if step.migration is None:
        return state
    editor = RecordingEditor(connection)
    _ = state.apps
    with editor.watched():
        state = step.migration.apply(state, editor)
    lines += _terminated(editor.statements)
    return state


def _collect(
    connection: DatabaseWrapper, step: Step, state: ProjectState, lines: list[str]
) -> ProjectState:
    lines.append(f"-- {step}: by Django, in each placement")
    if step.migration is None:
        return state
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        state = step.migration.apply(state, editor, collect_sql=True)
    lines += editor.collected_sql
    return state


def _terminated(statements: list[str]) -> Iterator[str]:
    return (f"{statement.rstrip().rstrip(';')};" for statement in statements)
