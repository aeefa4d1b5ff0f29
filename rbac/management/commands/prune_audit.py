"""``manage.py prune_audit``: remove the oldest part of a tenant's audit log."""

from argparse import ArgumentParser
from datetime import UTC, date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from iac_platform.common.audit import SystemActor
from iac_platform.common.errors import DomainError
from rbac.services.audit_retention import prune_audit
from tenants.database.roles import as_owner
from tenants.management.progress_bar import ProgressBar
from tenants.management.tenant_argument import add_tenant_argument, find_tenant


class Command(BaseCommand):
    """Removes entries older than a date, leaving a signed note of what went."""

    help = (
        "Remove the entries of a tenant's audit log that are older than a date, as the owner role. "
        "The log is verified first and kept as it is if it is not sound. A signed cut says what "
        "went; the logs of the tenant and of the operator do too. Export the log before."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_tenant_argument(parser, "whose log")
        parser.add_argument(
            "--before",
            required=True,
            metavar="DATE",
            help="remove what is older: YYYY-MM-DD, in UTC, not in the future",
        )
        parser.add_argument("--dry-run", action="store_true", help="tell what would go, no more")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Prune, and tell."""
        before, dry_run = _instant(options["before"]), options["dry_run"]
        with as_owner(), ProgressBar(self.stdout.write) as progress:
            tenant = find_tenant(options["tenant"])
            try:
                cut = prune_audit(
                    tenant,
                    before=before,
                    actor=SystemActor("manage.py prune_audit"),
                    progress=progress,
                    dry_run=dry_run,
                )
            except DomainError as error:
                raise CommandError(error.detail) from error
        if cut is None:
            self.stdout.write("nothing is that old")
            return
        verb = "would go" if dry_run else "removed"
        summary = f"{cut.entries} entries {verb}, through {cut.sequence}:{cut.hash}"
        self.stdout.write(summary if dry_run else self.style.SUCCESS(summary))


def _instant(text: str) -> datetime:
    try:
        instant = datetime.combine(date.fromisoformat(text), time.min, UTC)
    except ValueError as error:
        raise CommandError("--before takes a date, for instance 2026-01-31.") from error
    if instant > datetime.now(UTC):
        raise CommandError("--before must not be in the future.")
    return instant
