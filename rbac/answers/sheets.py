"""Tables as CSV (RFC 4180) that programs read and spreadsheets do not execute."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# What a spreadsheet takes for a formula (OWASP, "CSV Injection"), also in full width, and
# also behind blanks, which some strip.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  # full width is meant


def harmless(cell: str) -> str:
    """The cell, led by an apostrophe where a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULAS) or cell.lstrip().startswith(_FORMULAS) else cell


def lines(rows: Iterable[Iterable[str]]) -> str:
    """Rows as lines, every cell in quotes and none a formula."""
    text = StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows(map(harmless, row) for row in rows)
    return text.getvalue()
