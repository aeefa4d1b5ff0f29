"""``manage.py tenant_stats``: what is where, and how much of it."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from tenants.database.roles import as_owner
from tenants.management.statistics_tables import placement_table, tenant_table
from tenants.management.tenant_argument import add_tenant_argument, find_tenant
from tenants.statistics import Figures, collect


class Command(BaseCommand):
    """Prints figures of placements and tenants, for people or for programs."""

    help = (
        "Tell of every placement its kind, tenants, tables, size and migrations, and of every "
        "tenant its status, tier, plan, rows and last use. Runs as the owner."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add_tenant_argument(parser, "this one and its placement alone", required=False)
        parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
        parser.add_argument(
            "--sort",
            choices=["name", "size", "use"],
            default="name",
            help="size: the largest placements and the tenants with most rows first; "
            "use: tenants in which nobody signed in and no token was used for longest first",
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        """Count and print."""
        with as_owner():
            only = find_tenant(options["tenant"]).slug if options["tenant"] else None
            figures = collect(only).sorted_by(options["sort"])
        if options["json"]:
            self.stdout.write(json.dumps(_plain(figures), indent=2, default=str))
            return
        for line in [*placement_table(figures), "", *tenant_table(figures)]:
            self.stdout.write(line)


def _plain(figures: Figures) -> dict[str, Any]:
    placements = [asdict(each) for each in figures.placements]
    for each in placements:
        del each["present"]
    tenants = [
        {**asdict(each), "last_used": each.last_used and each.last_used.isoformat()}
        for each in figures.tenants
    ]
    return {"placements": placements, "tenants": tenants}
