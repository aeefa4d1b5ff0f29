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


def test_changes_are_told_as_before_and_after_or_as_values() -> None:
    changed = changes_table({"is_active": [True, False], "email": ["a@x", "a@x"]})
    assert "<td>Is active</td><td>Yes</td><td>No</td>" in changed
    assert "a@x" not in changed
    assert "<td>Tier</td><td>standard</td>" in changes_table({"tier": "standard"})
    assert "No field changed" in changes_table({"email": ["a@x", "a@x"]})
    assert "Nothing else" in changes_table({})
