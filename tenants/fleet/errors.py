"""Why a run over the fleet does not start, or ends early; the text is for the operator."""

from __future__ import annotations


class FleetError(RuntimeError):
    """A run cannot start or had to stop."""


class AnotherRunIsAtWork(FleetError):
    """Two runs at once would do the same work twice."""


class UnknownPlacement(FleetError):
    """No placement that is ready has this name."""


class PlacementChangedMeanwhile(FleetError):
    """Somebody else has migrated the placement since it was looked at."""


class FirstPlacementFailed(FleetError):
    """The template or the canary failed, so nobody else was touched."""


class UnsafeMigrations(FleetError):
    """Migrations would break or block the release that is running."""


class ForeignDatabase(FleetError):
    """Migrations that no longer exist made this database; there is no way from it to here."""
