"""``manage.py migrate_schemas``: ``public``, then every placement, as the owner."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django_tenants.management.commands.migrate_schemas import MigrateSchemasCommand
from django_tenants.migration_executors import get_executor
from django_tenants.signals import schema_migrated

from tenants.database.roles import as_owner
from tenants.database.session import PUBLIC_SCHEMA
from tenants.fleet import runs
from tenants.fleet.errors import FleetError, UnknownPlacement
from tenants.fleet.migrating import FleetMigration
from tenants.fleet.options import FleetOptions, add_fleet_arguments
from tenants.fleet.pending import find
from tenants.fleet.permissions_table import publish_permissions
from tenants.fleet.status import status_lines
from tenants.isolation.fingerprint import record_migrated
from tenants.models import Placement, PlacementStatus
from tenants.operations.upkeep import provision_pending
from tenants.tenants.services import ensure_platform

# With one of these django-tenants does the work, schema by schema, as it always has.
_STOCK_OPTIONS = (
    "app_label",
    "executor",
    "fake",
    "fake_initial",
    "prune",
    "run_syncdb",
    "plan",
)


class Command(MigrateSchemasCommand):  # type: ignore[misc]  # published without types
    """Migrates the fleet; with options of django-tenants, as django-tenants does."""

    help = (
        "Migrate the shared schema and all placements, as the owner role (DATABASE_OWNER_URL): "
        "one query finds what is pending, plain DDL is recorded once and replayed, a killed run "
        "is taken up by the next. The first run also creates the operator's tenant. "
        "With app_label, --executor, --fake, --fake-initial, --prune, --run-syncdb or --plan it "
        "does what django-tenants' command does, one schema after the other."
    )
    # A run with nothing to do should be over at once; one with something to do checks first.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        super().add_arguments(parser)
        add_fleet_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, or say how far the last run has come."""
        with as_owner():
            if options["status"]:
                self._show_status(as_json=options["json"])
            elif options["check_unapplied"]:
                self._check()
            elif _is_stock(options):
                with _recorded():
                    super().handle(*args, **{"skip_checks": True, **options})
            else:
                self._migrate(args, options)

    def _migrate(self, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        wanted = FleetOptions.of(options)
        try:
            migration = FleetMigration.prepare(wanted, self.stderr.write)
            self._carry_out(migration, args, options)
        except FleetError as error:
            raise CommandError(str(error)) from error
        except InconsistentMigrationHistory as error:
            raise CommandError(f"{error} Fix django_migrations in that schema.") from error
        if wanted.shared and wanted.tenant and not wanted.dry_run:
            publish_permissions()
            ensure_platform()
            provision_pending(_silence if wanted.quiet else self.stdout.write)
        if failures := migration.rollout.failures:
            raise CommandError(
                f"{len(failures)} placements failed; fix the causes and run it again. "
                "migrate_schemas --status shows why."
            )

    def _carry_out(
        self, migration: FleetMigration, args: tuple[Any, ...], options: dict[str, Any]
    ) -> None:
        quiet = migration.options.quiet
        if not migration.pending:
            self._write([] if quiet else ["nothing to migrate"])
            return
        self.check()
        if migration.options.dry_run:
            self._write(migration.preview())
            return
        summary = migration.run(lambda: _migrate_public(args, options))
        self._write([self.style.SUCCESS(summary)] if summary and not quiet else [])

    def _check(self) -> None:
        pending = find()
        behind = ["public"] * pending.public + [one.schema_name for one in pending.placements]
        self._write(behind)
        if behind:
            raise CommandError(f"{len(behind)} schemas lack migrations", returncode=1)

    def _show_status(self, *, as_json: bool) -> None:
        found = runs.status()
        self._write([json.dumps(found, indent=2)] if as_json else status_lines(found))

    def _write(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.stdout.write(line)


def _is_stock(options: dict[str, Any]) -> bool:
    """Whether django-tenants' own way was asked for, or the placement is in the making."""
    if any(options[name] for name in _STOCK_OPTIONS):
        return True
    name = options["schema_name"]
    return bool(name) and name != PUBLIC_SCHEMA and not _is_ready(name)


def _is_ready(schema_name: str) -> bool:
    placement = Placement.objects.filter(schema_name=schema_name).first()
    if placement is None:
        raise CommandError(str(UnknownPlacement(f"There is no placement {schema_name!r}.")))
    return placement.status == PlacementStatus.READY


def _migrate_public(args: tuple[Any, ...], options: dict[str, Any]) -> None:
    with _recorded():
        quiet = {**options, "skip_checks": True}
        get_executor("standard")(args, quiet).run_migrations(tenants=[PUBLIC_SCHEMA])


@contextmanager
def _recorded() -> Iterator[None]:
    """Have the fingerprint of what django-tenants migrates noted."""
    schema_migrated.connect(_record)
    try:
        yield
    finally:
        schema_migrated.disconnect(_record)


def _record(schema_name: str, **_: Any) -> None:
    record_migrated(schema_name)


def _silence(_line: str) -> None:
    """Say nothing."""
