"""A run of ``migrate_schemas``: reviewed, then ``public``, then the placements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tenants.fleet import runs
from tenants.fleet.pending import find
from tenants.fleet.progress import Progress
from tenants.fleet.review import Review
from tenants.fleet.rollout import Rollout
from tenants.isolation.fingerprint import wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tenants.fleet.options import FleetOptions
    from tenants.fleet.pending import Pending


@dataclass(frozen=True, slots=True)
class FleetMigration:
    """One run; make it by ``prepare``.

    Attributes:
        options: what is migrated, and how.
        rollout: over the placements.
        pending: what there is to do.
    """

    options: FleetOptions
    rollout: Rollout
    pending: Pending

    @classmethod
    def prepare(cls, options: FleetOptions, warn: Callable[[str], Any]) -> FleetMigration:
        """Look what there is to do.

        Args:
            options: what is meant.
            warn: takes progress and failures, line by line.

        Raises:
            ForeignDatabase: other code made the database.
        """
        pending = find()
        if pending:
            pending.refuse_foreign()
        rollout = Rollout(
            workers=options.workers,
            canary=options.canary,
            retry_policy=options.retry_policy,
            progress=Progress(warn, quiet=options.quiet),
            only=options.only,
        )
        return cls(options, rollout, pending)

    def preview(self) -> Iterator[str]:
        """What would be done, as SQL."""
        return self._review(fix=False).lines(self.options.acknowledged)

    def run(self, migrate_public: Callable[[], object]) -> str:
        """Migrate what is meant; returns a line that says how it ended.

        Args:
            migrate_public: migrates the shared schema; also when only placements lack
                something, as Django makes content types, which live there, afterwards.

        Raises:
            AnotherRunIsAtWork: one is.
            UnsafeMigrations: the running release could not live with it; nothing was done.
            FirstPlacementFailed: the template or the canary did; nobody else was touched.
        """
        with runs.only_run():
            self._review(fix=True).refuse_unsafe(self.options.acknowledged)
            if self.options.shared:
                migrate_public()
            if self.options.tenant and self.rollout.run():
                return self.rollout.progress.summary()
            if self.options.shared and self.pending.missing:
                runs.note_shared(wanted(), self.pending.missing)
        return ""

    def _review(self, *, fix: bool) -> Review:
        return Review(self.rollout, shared=self.options.shared, tenant=self.options.tenant, fix=fix)
