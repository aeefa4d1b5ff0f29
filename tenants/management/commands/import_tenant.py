"""``manage.py import_tenant``: make a tenant from an archive."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from iac_platform.common.audit import SystemActor
from iac_platform.common.errors import DomainError
from tenants.archives.services import import_tenant
from tenants.database.roles import as_owner
from tenants.management.progress_bar import ProgressBar
from tenants.models import Tier


class Command(BaseCommand):
    """Makes a tenant from an archive that ``export_tenant`` wrote."""

    help = (
        "Make a tenant from an archive, all of it or nothing. Everything is checked before "
        "anything is written. Checksums tell damage and not forgery: import only archives "
        "from those whom you trust with the tenant."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("archive", type=Path, help="what export_tenant wrote")
        parser.add_argument("--slug", help="the tenant's slug here; by default the one it had")
        parser.add_argument("--tier", choices=Tier.values, help="by default the one it had")
        parser.add_argument(
            "--new-ids",
            action="store_true",
            help="give everything new ids, as beside the original; API tokens stay behind",
        )
        parser.add_argument("--dry-run", action="store_true", help="check, and write nothing")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Check the archive and make the tenant."""
        with as_owner(), ProgressBar(self.stdout.write) as progress:
            try:
                tenant = import_tenant(
                    options["archive"],
                    slug=options["slug"],
                    tier=options["tier"],
                    new_ids=options["new_ids"],
                    dry_run=options["dry_run"],
                    actor=SystemActor("manage.py import_tenant"),
                    progress=progress,
                )
            except DomainError as error:
                raise CommandError(f"Nothing was imported. {error.detail}") from error
            except OSError as error:
                raise CommandError(f"The archive cannot be read: {error}") from error
        outcome = "could be imported; nothing was written" if options["dry_run"] else "imported"
        self.stdout.write(self.style.SUCCESS(f"tenant {tenant.slug}: {outcome}, {tenant.tier}"))
