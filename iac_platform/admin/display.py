"""How values look: badges, tables and documents instead of raw data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from django.template.loader import render_to_string
from django.utils import timezone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from django.utils.safestring import SafeString

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
    if any(_is_pair(value) for value in changes.values()):
        rows = [
            (_label(name), *(map(_shown, value) if _is_pair(value) else ("-", _shown(value))))
            for name, value in changes.items()
            if not _is_pair(value) or value[0] != value[1]
        ]
        return table(["Field", "Before", "After"], rows, empty="No field changed.")
    rows_of_values = [(_label(name), _shown(value)) for name, value in changes.items()]
    return table(["Field", "Value"], rows_of_values, empty="Nothing else to tell.")


def json_document(document: Any, *, summary: str) -> SafeString:
    """A JSON document, indented, behind a summary that opens it."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return render_to_string("platform_admin/document.html", {"text": text, "summary": summary})


def _is_pair(value: Any) -> bool:
    """The audit log writes a change as ``[before, after]``."""
    return isinstance(value, list) and len(value) == 2  # noqa: PLR2004  # a pair


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(_shown(item) for item in value) or "-"
    if isinstance(value, dict):
        return "; ".join(f"{_label(name)}: {_shown(item)}" for name, item in value.items()) or "-"
    return str(value)
