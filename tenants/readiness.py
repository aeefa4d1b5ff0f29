"""The tenancy part of ``/readyz``."""

from __future__ import annotations

from tenants.isolation.fingerprint import behind


class MigrationsPending(RuntimeError):
    """The database lacks migrations of this release."""


def migrations_applied() -> None:
    """Pass when ``public`` and every placement have this release's migrations.

    Raises:
        MigrationsPending: names how many schemas are behind.
    """
    schemas = behind()
    if schemas:
        raise MigrationsPending(f"{len(schemas)} schemas lack migrations; run migrate_schemas.")
