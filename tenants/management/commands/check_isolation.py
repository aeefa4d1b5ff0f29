"""``manage.py check_isolation``: is every table in every placement isolated?"""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.database.roles import as_owner
from tenants.isolation.catalog import check


class Command(BaseCommand):
    """Compares PostgreSQL's catalog with the rules of isolation."""

    help = (
        "Compare every table, policy, key, grant and role with what isolation needs. "
        "Prints what differs and how to mend it, and ends with status 1 if anything does."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--json", action="store_true", help="print a JSON array instead")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Print the findings."""
        with as_owner():
            findings = check()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=2))
        else:
            for finding in findings:
                self.stdout.write(str(finding))
        if findings:
            raise CommandError(f"{len(findings)} findings", returncode=1)
        if not options["json"]:
            self.stdout.write(self.style.SUCCESS("every table is isolated"))
