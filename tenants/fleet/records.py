"""What is written with every step of a placement, in the transaction that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from uuid import UUID

    from tenants.fleet.migration_plans import Step
    from tenants.fleet.pending import Behind

# SQLSTATE of ours (class IA): the placement is not where the plan starts.
MOVED_ON = "IA003"


def claim(placement: Behind, step: Step) -> str:
    """Lock the placement's row and make sure that the step is still to be done.

    Whoever comes second, after a killed run whose last message the server still worked
    off, waits here and is then told.
    """
    return (
        f"DO $fleet$ BEGIN PERFORM FROM public.placements WHERE id = {int(placement.id)}"
        f" AND migrations = {_literal(step.start)} FOR NO KEY UPDATE;"
        f" IF NOT FOUND THEN RAISE EXCEPTION 'placement {placement.schema_name} was migrated"
        f" by somebody else' USING ERRCODE = '{MOVED_ON}'; END IF; END $fleet$"
    )


def done(placement: Behind, step: Step, run_id: UUID | None, *, is_last: bool) -> list[str]:
    """Record the step; with the last one, that the placement is done."""
    table = f"{placement.schema_name}.django_migrations"
    rows = ", ".join(f"({_literal(app)}, {_literal(name)}, now())" for app, name in step.records)
    result = _literal(step.result)
    statements = [
        f"UPDATE public.placements SET migrations = {result} WHERE id = {int(placement.id)}"  # noqa: S608  # literals are quoted, the id is a number
    ]
    if rows:
        statements.insert(0, f"INSERT INTO {table} (app, name, applied) VALUES {rows}")  # noqa: S608  # the schema's name has a closed alphabet
    if is_last and run_id is not None:
        statements.append(
            "UPDATE public.placement_migrations SET status = 'done', failure = '',"  # noqa: S608  # literals are quoted
            f" attempts = attempts + 1, finished_at = clock_timestamp()"
            f" WHERE run_id = {_literal(str(run_id))} AND placement_id = {int(placement.id)}"
        )
    return statements


def _literal(text: str) -> str:
    return sql.Literal(text).as_string(None)
