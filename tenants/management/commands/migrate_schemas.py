"""``manage.py migrate_schemas``: ``public``, then every placement, as the owner."""

import argparse
import json
from argparse import ArgumentParser
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
from tenants.fleet.pending import find
from tenants.fleet.permissions_table import publish_permissions
from tenants.fleet.progress import Progress
from tenants.fleet.retrying import LOCK_TIMEOUT, RETRIES, RetryPolicy
from tenants.fleet.review import Review
from tenants.fleet.rollout import Rollout
from tenants.isolation.fingerprint import record_migrated, wanted
from tenants.models import PLATFORM_SLUG, MigrationRun, Placement, PlacementStatus
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
        group = parser.add_argument_group("the fleet")
        group.add_argument(
            "--workers", type=_positive, default=2, help="connections that work at once"
        )
        group.add_argument(
            "--canary",
            default=PLATFORM_SLUG,
            metavar="SCHEMA",
            help="goes first, after the template; if it fails nobody else is touched",
        )
        group.add_argument(
            "--lock-timeout",
            type=_seconds,
            default=LOCK_TIMEOUT,
            metavar="SECONDS",
            help="how long a statement may wait for a lock, and hold up requests behind it",
        )
        group.add_argument(
            "--retries",
            type=_natural,
            default=RETRIES,
            help="attempts after a lock time-out, deadlock or serialization failure",
        )
        group.add_argument(
            "--acknowledge",
            action="append",
            default=[],
            metavar="APP.NAME",
            help="apply this migration although it is unsafe for the running release; repeatable",
        )
        group.add_argument(
            "--dry-run", action="store_true", help="print the SQL of each plan, change nothing"
        )
        group.add_argument("--status", action="store_true", help="show the last run, and end")
        group.add_argument("--json", action="store_true", help="with --status: as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, or say how far the last run has come."""
        with as_owner():
            if options["status"]:
                self._show_status(as_json=options["json"])
            elif options["check_unapplied"]:
                self._check()
            elif self._is_stock(options):
                self._as_django_tenants(*args, **options)
            else:
                self._migrate(args, options)

    def _is_stock(self, options: dict[str, Any]) -> bool:
        """Whether django-tenants' own way was asked for, or the placement is in the making."""
        if any(options[name] for name in _STOCK_OPTIONS):
            return True
        name = options["schema_name"]
        return bool(name) and name != PUBLIC_SCHEMA and not _is_ready(name)

    def _as_django_tenants(self, *args: Any, **options: Any) -> None:
        schema_migrated.connect(_record)
        try:
            super().handle(*args, **{"skip_checks": True, **options})
        finally:
            schema_migrated.disconnect(_record)

    def _migrate(self, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        rollout = self._rollout(options)
        shared, tenant = _parts(options)
        try:
            if pending := find():
                pending.refuse_foreign()
                self.check()
                fix = not options["dry_run"]
                review = Review(rollout, shared=shared, tenant=tenant, fix=fix)
                if options["dry_run"]:
                    self._preview(review, options)
                    return
                with runs.only_run():
                    review.refuse_unsafe(options["acknowledge"])
                    run = self._run(args, options, rollout, shared=shared, tenant=tenant)
                    if run is None and shared and pending.missing:
                        runs.note_shared(wanted(), pending.missing)
            elif options["verbosity"]:
                self.stdout.write("nothing to migrate")
        except FleetError as error:
            raise CommandError(str(error)) from error
        except InconsistentMigrationHistory as error:
            raise CommandError(f"{error} Fix django_migrations in that schema.") from error
        if shared and tenant and not options["dry_run"]:
            publish_permissions()
            ensure_platform()
            provision_pending(self.stdout.write if options["verbosity"] else _silence)
        if rollout.failures:
            raise CommandError(
                f"{len(rollout.failures)} placements failed; fix the causes and run it again. "
                "migrate_schemas --status shows why."
            )

    def _preview(self, review: Review, options: dict[str, Any]) -> None:
        for line in review.lines(options["acknowledge"]):
            self.stdout.write(line)

    def _rollout(self, options: dict[str, Any]) -> Rollout:
        return Rollout(
            workers=options["workers"],
            canary=options["canary"],
            retry_policy=RetryPolicy(options["lock_timeout"], options["retries"]),
            progress=Progress(self.stderr.write, quiet=options["verbosity"] == 0),
            only=options["schema_name"] or "",
        )

    def _run(
        self,
        args: tuple[Any, ...],
        options: dict[str, Any],
        rollout: Rollout,
        *,
        shared: bool,
        tenant: bool,
    ) -> MigrationRun | None:
        if shared:
            self._migrate_public(args, options)
        run = rollout.run() if tenant else None
        if run and options["verbosity"]:
            self.stdout.write(self.style.SUCCESS(rollout.progress.summary()))
        return run

    def _migrate_public(self, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        """Migrate the shared schema; also when only placements lack something.

        Django makes content types, which live here, after it has migrated.
        """
        schema_migrated.connect(_record)
        try:
            quiet = {**options, "skip_checks": True}
            get_executor("standard")(args, quiet).run_migrations(tenants=[PUBLIC_SCHEMA])
        finally:
            schema_migrated.disconnect(_record)

    def _check(self) -> None:
        pending = find()
        behind = ["public"] * pending.public + [one.schema_name for one in pending.placements]
        for schema in behind:
            self.stdout.write(schema)
        if behind:
            raise CommandError(f"{len(behind)} schemas lack migrations", returncode=1)

    def _show_status(self, *, as_json: bool) -> None:
        found = runs.status()
        if as_json:
            self.stdout.write(json.dumps(found, indent=2))
            return
        for line in _status_lines(found):
            self.stdout.write(line)


def _status_lines(found: dict[str, Any]) -> list[str]:
    run, pending = found["run"], found["pending"]
    lines = ["no run so far"]
    if run is not None:
        counts = ", ".join(f"{number} {name}" for name, number in run["placements"].items())
        ended = run["finished_at"] or "-"
        lines = [
            f"last run: {run['status']}, begun {run['started_at']}, ended {ended}",
            f"placements: {counts}",
            f"migrations: {_some(run['migrations']) or '-'}",
            *([f"reason: {run['failure']}"] if run["failure"] else []),
            *(
                f"failed: {one['schema']} ({one['attempts']} attempts): {one['reason']}"
                for one in run["failed"]
            ),
        ]
    schemas = ["public"] * pending["public"] + pending["placements"]
    lines.append(f"pending now: {len(schemas)}{': ' if schemas else ''}{_some(schemas)}")
    return lines


def _some(names: list[str]) -> str:
    shown = 10
    return ", ".join(names[:shown]) + (", …" if len(names) > shown else "")


def _is_ready(schema_name: str) -> bool:
    placement = Placement.objects.filter(schema_name=schema_name).first()
    if placement is None:
        raise CommandError(str(UnknownPlacement(f"There is no placement {schema_name!r}.")))
    return placement.status == PlacementStatus.READY


def _positive(text: str) -> int:
    return _at_least(1, int(text))


def _natural(text: str) -> int:
    return _at_least(0, int(text))


def _at_least(least: int, number: int) -> int:
    if number < least:
        raise argparse.ArgumentTypeError(f"must be at least {least}")
    return number


def _seconds(text: str) -> float:
    seconds = float(text)
    if seconds <= 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return seconds


def _parts(options: dict[str, Any]) -> tuple[bool, bool]:
    """Whether ``public`` and whether placements are meant; without options both."""
    only = options["schema_name"] or ""
    shared = bool(options["shared"] or only == PUBLIC_SCHEMA)
    tenant = bool(options["tenant"] or (only and only != PUBLIC_SCHEMA))
    return (True, True) if shared == tenant else (shared, tenant)


def _silence(_line: str) -> None:
    """Say nothing."""


def _record(schema_name: str, **_: Any) -> None:
    record_migrated(schema_name)
