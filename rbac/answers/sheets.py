"""Tables as CSV (RFC 4180) that programs read and spreadsheets do not execute."""

from __future__ import annotations

import csv
import re
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# By it spreadsheets know the text as UTF-8; those who read CSV as "utf-8-sig" do not see it.
BYTE_ORDER_MARK = "\ufeff"

# What a spreadsheet takes for a formula (OWASP, "CSV Injection"), also in full width: at the
# start of a cell, and behind each character at which one cuts cells, whatever the quotes say.
# Blanks and what shows as nothing do not count: some strip them.
_BLANK = (
    r"(?:[^\S\t\r\n]|[\u00ad\u034f\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f]"
    r"|[\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0])"
)
_SIGN = r"[=+\-@\uff1d\uff0b\uff0d\uff20]"
_FORMULA = re.compile(rf"(^(?=[\t\r\n])|(?:^|[;,|\t\r\n])(?={_BLANK}*{_SIGN}))")


def harmless(cell: str) -> str:
    """The cell, with an apostrophe wherever a spreadsheet would take what follows for a formula."""
    return _FORMULA.sub(r"\1'", cell)


def lines(rows: Iterable[Iterable[str]]) -> str:
    """Rows as lines, every cell in quotes and none a formula."""
    text = StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows(map(harmless, row) for row in rows)
    return text.getvalue()
