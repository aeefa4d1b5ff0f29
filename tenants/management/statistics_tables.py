"""The figures of ``tenant_stats`` in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenants.statistics import counted_tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tenants.statistics import Figures, PlacementFigures, TenantFigures

_STEP = 1024


def placement_table(figures: Figures) -> list[str]:
    """The placements, and their sums."""
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


def tenant_table(figures: Figures) -> list[str]:
    """The tenants with how many rows each has, and their sums."""
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
