"""``manage.py setup_database``: roles, database and the grants that isolation rests on."""

from argparse import ArgumentParser
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError

from iac_platform.settings import ENVIRONMENT
from tenants.database.setup import DatabaseSetup


class Command(BaseCommand):
    """Creates the owner and application roles and the database; safe to run again."""

    help = (
        "Create iac_owner, iac_app and the database from DATABASE_OWNER_URL and DATABASE_URL, "
        "as a PostgreSQL superuser. Safe to run again; it also repairs grants and passwords."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--admin-url",
            required=True,
            help="a superuser's URL, e.g. postgresql://postgres@/postgres",
        )
        parser.add_argument("--dry-run", action="store_true", help="print the statements only")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Run the statements, or print them without passwords."""
        if not ENVIRONMENT.database_owner_url:
            raise CommandError("Set DATABASE_OWNER_URL: it names the owner and its password.")
        setup = DatabaseSetup.from_urls(ENVIRONMENT.database_url, ENVIRONMENT.database_owner_url)
        if options["dry_run"]:
            for line in setup.describe():
                self.stdout.write(line)
            return
        try:
            setup.run(options["admin_url"])
        except psycopg.Error as error:
            raise CommandError(f"PostgreSQL refused: {error}") from error
        self.stdout.write(self.style.SUCCESS(f"database {setup.database}: ready"))
