"""Recorded steps, sent to many placements in one message.

Each placement's step is a transaction of its own inside the message
(https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT):
DDL, record, fingerprint and status are committed together or not at all. An error ends the
message; what was committed before it stays, and the rest is then taken one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import DatabaseError

from tenants.database.session import PUBLIC_SCHEMA, SessionContext
from tenants.fleet import records
from tenants.fleet.errors import PlacementChangedMeanwhile
from tenants.fleet.retrying import RetryPolicy, persistently
from tenants.fleet.runs import join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from uuid import UUID

    from tenants.database.base import DatabaseWrapper
    from tenants.fleet.migration_plans import MigrationPlan, Step
    from tenants.fleet.pending import Behind


@dataclass(frozen=True, slots=True)
class Replayer:
    """Sends recorded steps.

    Attributes:
        connection: the owner's, of this thread.
        retry_policy: with locks.
        run_id: where progress is noted.
        singly: send each statement in a message of its own, which Citus needs: it passes
            some DDL on to other nodes as the text of the whole message.
    """

    connection: DatabaseWrapper
    retry_policy: RetryPolicy
    run_id: UUID
    singly: bool = False

    def replay(
        self,
        placements: Sequence[Behind],
        steps: Sequence[Step],
        plan: MigrationPlan,
        failed: Callable[[Behind, Exception], None],
    ) -> list[Behind]:
        """Take placements through consecutive steps; return those that got there."""
        try:
            self._send(placements, steps, plan)
        except DatabaseError:
            return [
                placement for placement in placements if self._alone(placement, steps, plan, failed)
            ]
        return list(placements)

    def _alone(
        self,
        placement: Behind,
        steps: Sequence[Step],
        plan: MigrationPlan,
        failed: Callable[[Behind, Exception], None],
    ) -> bool:
        try:
            join(self.connection)
            persistently(lambda: self._resume(placement, steps, plan), self.retry_policy)
        except (DatabaseError, PlacementChangedMeanwhile) as error:
            failed(placement, error)
            return False
        return True

    def _resume(self, placement: Behind, steps: Sequence[Step], plan: MigrationPlan) -> None:
        """Do what the placement still lacks of these steps."""
        remaining = plan.remaining(self._fingerprint(placement))
        if remaining is None:
            raise PlacementChangedMeanwhile(
                f"{placement.schema_name} has other migrations than when the run began; "
                "run migrate_schemas again."
            )
        todo = [step for step in steps if step in remaining]
        if todo:
            self._send([placement], todo, plan)

    def _fingerprint(self, placement: Behind) -> str:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT migrations FROM public.placements WHERE id = %s", [placement.id])
            row = cursor.fetchone()
        return str(row[0]) if row else ""

    def _send(
        self, placements: Sequence[Behind], steps: Sequence[Step], plan: MigrationPlan
    ) -> None:
        statements = list(self._message(placements, steps, plan))
        with self.connection.cursor() as cursor:
            try:
                for message in statements if self.singly else [";\n".join(statements)]:
                    cursor.execute(message)
            except DatabaseError:
                if self.connection.is_usable():
                    cursor.execute("ROLLBACK")
                else:
                    self.connection.close()
                raise

    def _message(
        self, placements: Sequence[Behind], steps: Sequence[Step], plan: MigrationPlan
    ) -> Iterable[str]:
        for placement in placements:
            for step in steps:
                final = placement is placements[-1] and step is steps[-1]
                yield from self._transaction(
                    placement, step, is_last=step is plan.steps[-1], durable=final
                )

    def _transaction(
        self, placement: Behind, step: Step, *, is_last: bool, durable: bool
    ) -> Iterable[str]:
        context = SessionContext((placement.schema_name, PUBLIC_SCHEMA))
        yield "BEGIN"
        yield f"SET LOCAL lock_timeout = {self.retry_policy.milliseconds}"
        if not durable:
            # The last commit of the message waits for the log of all; until then a crash
            # of the server loses a placement's DDL together with the note that it was done.
            yield "SET LOCAL synchronous_commit = off"
        yield records.claim(placement, step)
        yield context.sql()
        # A line break, because a statement may end with a comment.
        yield from (f"{statement}\n" for statement in step.statements or ())
        yield from records.done(placement, step, self.run_id, is_last=is_last)
        yield "COMMIT"
