from __future__ import annotations

import pytest

from iac_platform.admin.display import badge, changes_table, json_document, table

ATTACK = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    "shown",
    [
        badge(ATTACK, title=ATTACK),
        table([ATTACK], [(ATTACK,)]),
        changes_table({ATTACK: [ATTACK, ATTACK + "!"]}),
        changes_table({"field": {ATTACK: [ATTACK]}}),
        json_document({ATTACK: ATTACK}, summary=ATTACK),
    ],
)
def test_what_tenants_wrote_is_text_and_never_markup(shown: str) -> None:
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


def _cells(row: dict[str, str]) -> str:
    """A row of a table, each cell with the title that stands before it where there is no room."""
    return "".join(f'<td data-label="{title}">{text}</td>' for title, text in row.items())


def test_changes_are_told_as_before_and_after_or_as_values() -> None:
    changed = changes_table({"is_active": [True, False], "email": ["a@x", "a@x"]})
    cells = {"Field": "Is active", "Before": "Yes", "After": "No"}
    assert _cells(cells) in changed
    assert "a@x" not in changed
    assert _cells({"Field": "Tier", "Value": "standard"}) in changes_table({"tier": "standard"})
    assert "No field changed" in changes_table({"email": ["a@x", "a@x"]})
    assert "Nothing else" in changes_table({})
