"""What a run would do, looked at before it does it: is it safe, and as SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import DEFAULT_DB_ALIAS, connections

from tenants.database.session import PUBLIC_SCHEMA
from tenants.fleet.errors import UnsafeMigrations
from tenants.fleet.migration_plans import MigrationPlan, plan_for
from tenants.fleet.pending import find
from tenants.fleet.preview import preview
from tenants.fleet.safety import Finding, unsafe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tenants.database.base import DatabaseWrapper
    from tenants.fleet.pending import Behind
    from tenants.fleet.rollout import Rollout


class Review:
    """The plans of ``public`` and of every fingerprint among the placements."""

    def __init__(self, rollout: Rollout, *, shared: bool, tenant: bool, fix: bool = True) -> None:
        """Make the plans.

        Args:
            rollout: the run that is looked at; it keeps the plans.
            shared: ``public`` is migrated.
            tenant: placements are.
            fix: correct fingerprints that are not true.
        """
        self.rollout = rollout
        pending = find()
        self._is_fresh = pending.is_fresh
        self._shared = shared and pending.public
        self._placements = (
            rollout.pending_placements(fix=fix) if tenant and not pending.is_fresh else []
        )

    def refuse_unsafe(self, acknowledged: Iterable[str]) -> None:
        """Check that the running release can live with it.

        Raises:
            UnsafeMigrations: names every operation, and what to do instead.
        """
        findings = self._findings(acknowledged)
        if findings:
            listed = "\n".join(map(str, findings))
            raise UnsafeMigrations(
                f"{listed}\n{len(findings)} unsafe operations, so nothing was migrated. Change "
                "them, or acknowledge them in the migration or with --acknowledge app.name "
                "(see docs/operations/migrations.md)."
            )

    def lines(self, acknowledged: Iterable[str]) -> Iterator[str]:
        """All of it as SQL, with what is unsafe in front."""
        yield from (f"-- unsafe: {finding}" for finding in self._findings(acknowledged))
        if self._shared:
            yield f"-- {PUBLIC_SCHEMA}"
            yield from self._preview(PUBLIC_SCHEMA, self._public())
        for plan in self._used_plans():
            group = [one for one in self._placements if one.fingerprint == plan.start]
            yield f"-- {len(group)} placements, as read off {group[0].schema_name}"
            yield from self._preview(group[0].schema_name, plan)

    def _findings(self, acknowledged: Iterable[str]) -> list[Finding]:
        """What is unsafe; nothing is while nobody uses the tables."""
        if self._is_fresh:
            return []
        plans = [*([self._public()] if self._shared else []), *self._used_plans()]
        accepted = list(acknowledged)
        found = (unsafe(plan.migrations, plan.state, accepted) for plan in plans)
        return list(dict.fromkeys(finding for some in found for finding in some))

    def _public(self) -> MigrationPlan:
        return plan_for(_connection(), PUBLIC_SCHEMA, "")

    def _used_plans(self) -> list[MigrationPlan]:
        starts: dict[str, list[Behind]] = {}
        for placement in self._placements:
            starts.setdefault(placement.fingerprint, []).append(placement)
        return [self.rollout.plans[start] for start in starts]

    def _preview(self, schema_name: str, plan: MigrationPlan) -> list[str]:
        return preview(_connection(), schema_name, plan, self.rollout.retry_policy)


def _connection() -> DatabaseWrapper:
    """The owner's connection of this thread."""
    return connections[DEFAULT_DB_ALIAS]  # type: ignore[return-value]  # as_owner put it there
