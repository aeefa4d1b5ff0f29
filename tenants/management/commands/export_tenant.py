"""``manage.py export_tenant``: write a tenant into one archive."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from iac_platform.common.audit import SystemActor
from iac_platform.common.errors import DomainError
from tenants.archives.services import export_tenant
from tenants.database.roles import as_owner
from tenants.management.progress_bar import ProgressBar
from tenants.management.tenant_argument import add_tenant_argument, find_tenant


class Command(BaseCommand):
    """Writes a tenant's rows, as they are at one moment, and its files into a ZIP file."""

    help = (
        "Write all rows of a tenant, as they are at one moment, and its files into one archive, "
        "with a manifest of checksums. Sessions are left out; hashes of passwords and tokens are "
        "in it unless --without-credentials. The tenant goes on working."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_tenant_argument(parser)
        parser.add_argument("--output", required=True, type=Path, help="the file to make")
        parser.add_argument(
            "--without-credentials",
            action="store_true",
            help="leave out the hashes of passwords and tokens; people then need new ones",
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Write the archive and tell what is in it."""
        with as_owner(), ProgressBar(self.stdout.write) as progress:
            tenant = find_tenant(options["tenant"])
            try:
                manifest = export_tenant(
                    tenant,
                    options["output"],
                    credentials=not options["without_credentials"],
                    actor=SystemActor("manage.py export_tenant"),
                    progress=progress,
                )
            except DomainError as error:
                raise CommandError(error.detail) from error
            except OSError as error:
                raise CommandError(f"The archive cannot be written: {error}") from error
        rows = sum(table["rows"] for table in manifest["tables"])
        text = f"{options['output']}: {rows} rows of {tenant.slug}, {len(manifest['files'])} files"
        self.stdout.write(self.style.SUCCESS(text))
