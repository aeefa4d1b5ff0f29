"""``manage.py tenant_stats``: what is where, and how much of it."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand

from tenants.database.roles import as_owner
from tenants.management.tenant_argument import add_tenant_argument, find_tenant
from tenants.statistics import (
    Figures,
    PlacementFigures,
    TenantFigures,
    collect,
    counted_tables,
)

_NEVER = datetime.min.replace(tzinfo=UTC)
_STEP = 1024


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
            figures = _sorted(collect(only), options["sort"])
        if options["json"]:
            self.stdout.write(json.dumps(_plain(figures), indent=2, default=str))
            return
        for line in [*_placements(figures), "", *_tenants(figures)]:
            self.stdout.write(line)


def _sorted(figures: Figures, order: str) -> Figures:
    placements, tenants = list(figures.placements), list(figures.tenants)
    if order == "size":
        placements.sort(key=lambda each: -each.size)
        tenants.sort(key=lambda each: -sum(each.rows.values()))
    elif order == "use":
        tenants.sort(key=lambda each: each.last_used or _NEVER)
    return Figures(placements, tenants)


def _plain(figures: Figures) -> dict[str, Any]:
    placements = [asdict(each) for each in figures.placements]
    for each in placements:
        del each["present"]
    tenants = [
        {**asdict(each), "last_used": each.last_used and each.last_used.isoformat()}
        for each in figures.tenants
    ]
    return {"placements": placements, "tenants": tenants}


def _placements(figures: Figures) -> list[str]:
    found = figures.placements
    total = [
        f"{len(found)} placements",
        "",
        str(sum(each.tenants for each in found)),
        str(sum(each.tables for each in found)),
        _bytes(sum(each.size for each in found)),
        f"{sum(each.migrations != 'current' for each in found)} not current",
    ]
    head = ["placement", "kind", "tenants", "tables", "size", "migrations"]
    return _table(head, [*map(_placement, found), total])


def _placement(each: PlacementFigures) -> list[str]:
    filled = f"{each.tenants}/{each.capacity}"
    return [each.schema, each.kind, filled, str(each.tables), _bytes(each.size), each.migrations]


def _tenants(figures: Figures) -> list[str]:
    tables = counted_tables()
    sums = [str(sum(each.rows.get(name, 0) for each in figures.tenants)) for name in tables]
    total = [f"{len(figures.tenants)} tenants", "", "", "", "", *sums, ""]
    head = ["tenant", "status", "tier", "plan", "placement", *tables, "last use"]
    rows = [_tenant(each, tables) for each in figures.tenants]
    return _table(head, [*rows, total])


def _tenant(each: TenantFigures, tables: Iterable[str]) -> list[str]:
    seen = f"{each.last_used:%Y-%m-%d %H:%M}" if each.last_used else "never"
    counts = [str(each.rows.get(name, 0)) for name in tables]
    return [each.slug, each.status, each.tier, each.plan, each.placement, *counts, seen]


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Columns as wide as they must be; the last row, the totals, under a line."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    line = "  ".join("-" * width for width in widths)
    text = [_line(row, widths) for row in (head, *rows)]
    return [text[0], line, *text[1:-1], line, text[-1]]


def _line(row: list[str], widths: list[int]) -> str:
    cells = (
        cell.rjust(width) if cell[:1].isdigit() and index else cell.ljust(width)
        for index, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip()


def _bytes(size: int) -> str:
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < _STEP:
            return f"{amount:.0f} {unit}"
        amount /= _STEP
    return f"{amount:.1f} TB"
