from __future__ import annotations

import pytest

from iac_platform.admin.display import badge, changes_table, json_document, table, values_table

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


def test_two_projects_of_a_grant_are_not_shown_as_before_and_after() -> None:
    granted = changes_table({"role": "viewer", "projects": ["one", "two"]})
    assert _cells({"Field": "Projects", "Value": "one, two"}) in granted
    assert "Before" not in granted
    for name, pair in {"status": ["a", "b"], "projects": [["a"], ["b"]]}.items():
        assert _cells({"Before": "a", "After": "b"}) in changes_table({name: pair})
    prolonged = changes_table({"role": "viewer", "projects": ["one", "two"], "ends": [None, "x"]})
    assert _cells({"Field": "Projects", "Before": "-", "After": "one, two"}) in prolonged


def test_a_list_of_two_is_a_list_where_nothing_changed() -> None:
    """The groups of somebody, or what a sign-on would give."""
    for pair in (["role viewer", "team Web"], [["a"], ["b"]], [1, 2]):
        shown = values_table({"gives": pair, "user": "ada"})
        assert "Before" not in shown
        assert _cells({"Field": "User", "Value": "ada"}) in shown
    assert _cells({"Field": "Gives", "Value": "a, b"}) in values_table({"gives": ["a", "b"]})


def test_moments_of_the_audit_log_are_shown_as_everywhere() -> None:
    shown = changes_table({"expires_at": "2026-12-29T00:26:05.921612+00:00"})
    assert _cells({"Field": "Expires at", "Value": "2026-12-29 00:26:05 UTC"}) in shown
    changed = changes_table({"expires_at": [None, "2026-12-29T02:26:05+02:00"]})
    assert "2026-12-29 00:26:05 UTC" in changed
    for text in ("2026-12-29", "2026-99-29T00:26:05Z", "9999-12-31T23:59:59-14:00"):
        assert text in changes_table({"name": text})
