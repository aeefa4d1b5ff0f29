"""How values look: badges, tables and documents instead of raw data."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from django.template.loader import render_to_string
from django.utils import timezone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.utils.safestring import SafeString

# What datetime.isoformat() writes of an aware moment; a date alone, or a person's text, is not one.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
SUCCESS, WARNING, DANGER, INFO, PLAIN = "success", "warning", "danger", "info", "plain"


def moment(when: datetime | None, *, to: Literal["minute", "second"] = "minute") -> str:
    """A moment as everywhere on the pages: ``2026-11-28 23:05 UTC``; a dash for none."""
    if when is None:
        return "-"
    local = timezone.localtime(when)
    return f"{local:%Y-%m-%d %H:%M:%S %Z}" if to == "second" else f"{local:%Y-%m-%d %H:%M %Z}"


def badge(text: Any, kind: str = PLAIN, *, title: str = "") -> SafeString:
    """A short text in the colour of its kind; ``title`` explains it on hover."""
    context = {"text": str(text), "type": kind, "label_title": title}
    return render_to_string("unfold/helpers/label.html", context)


def badges(texts: Iterable[Any], kind: str = PLAIN) -> SafeString:
    """Several badges in a row that wraps."""
    return joined(badge(text, kind) for text in texts)


def joined(items: Iterable[SafeString]) -> SafeString:
    """Badges that are made already, in a row that wraps."""
    return render_to_string("platform_admin/badges.html", {"items": list(items)})


def table(headers: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str = "-") -> SafeString:
    """A table; cells are escaped unless they are safe already.

    Args:
        headers: the columns' titles.
        rows: the cells of each row.
        empty: what to show when there are no rows.
    """
    # Each cell with its title: on a narrow screen they stand one below the other.
    titled = [list(zip(headers, row, strict=True)) for row in rows]
    context = {"headers": headers, "rows": titled, "empty": empty}
    return render_to_string("platform_admin/table.html", context)


def changes_table(changes: Mapping[str, Any]) -> SafeString:
    """What an action changed: before and after where both are known, else the value."""
    if any(_is_change(name, value) for name, value in changes.items()):
        rows = [
            (
                _label(name),
                *(map(_text, value) if _is_change(name, value) else ("-", _text(value))),
            )
            for name, value in changes.items()
            if not _is_change(name, value) or value[0] != value[1]
        ]
        return table(["Field", "Before", "After"], rows, empty="No field changed.")
    return values_table(changes)


def values_table(values: Mapping[str, Any]) -> SafeString:
    """Values by their names; a list is a list, however long it is."""
    rows = [(_label(name), _text(value)) for name, value in values.items()]
    return table(["Field", "Value"], rows, empty="Nothing else to tell.")


def json_document(document: Any, *, summary: str) -> SafeString:
    """A JSON document, indented, behind a summary that opens it."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return render_to_string("platform_admin/document.html", {"text": text, "summary": summary})


def _is_change(name: str, value: Any) -> bool:
    """Whether the audit log wrote a change, as ``[before, after]``.

    Two texts under a plural name are no change but a list of two, such as the projects of a
    grant: before and after are lists themselves there.
    """
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004  # a pair
        return False
    plural = name.endswith("s") and not name.endswith(("ss", "us"))
    return not (plural and all(isinstance(item, str) for item in value))


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _text(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value) or "-"
    if isinstance(value, dict):
        return "; ".join(f"{_label(name)}: {_text(item)}" for name, item in value.items()) or "-"
    return _moment_in(value) or str(value)


def _moment_in(value: Any) -> str | None:
    """A moment that the audit log wrote in ISO 8601, as everywhere on the pages."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return None
    try:
        return moment(datetime.fromisoformat(value), to="second")
    except (ValueError, OverflowError):
        return None
