"""``manage.py check_isolation``: is every table in every placement isolated?"""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from tenants.database.roles import as_owner
from tenants.isolation.catalog import check
from tenants.isolation.findings import Finding
from tenants.isolation.probes import probe_placements


class Command(BaseCommand):
    """Compares PostgreSQL's catalog with the rules of isolation, then tries to break them."""

    help = (
        "Compare every table, policy, key, grant and role with what isolation needs, then try "
        "to read, write and break out as the application role; all attempts are rolled back. "
        "Prints what differs and how to fix it, and ends with status 1 if anything does."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--json", action="store_true", help="print a JSON array instead")
        parser.add_argument(
            "--no-probes", action="store_true", help="read the catalog only; try nothing"
        )
        parser.add_argument(
            "--sample", type=int, metavar="N", help="probe N placements by lot instead of all"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Print the findings."""
        if options["sample"] is not None and options["sample"] < 1:
            raise CommandError("--sample takes a number of placements, 1 or more.")
        with as_owner():
            findings = check()
            if not options["no_probes"]:
                findings += self._probe(options["sample"], findings)
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=2))
        else:
            for finding in findings:
                self.stdout.write(str(finding))
        if findings:
            raise CommandError(f"{len(findings)} findings", returncode=1)
        if not options["json"]:
            self.stdout.write(self.style.SUCCESS("every table is isolated"))

    @staticmethod
    def _probe(sample: int | None, known: list[Finding]) -> list[Finding]:
        incomplete = {found.schema for found in known if found.rule == "table-missing"}
        with tqdm(desc="probing", unit=" placements", disable=not sys.stderr.isatty()) as bar:

            def advance(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            return probe_placements(sample, skip=incomplete, advance=advance)
