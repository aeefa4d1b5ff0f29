"""The page of the operators' tools names every command that is ours, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings
from django.core.management import get_commands

PAGE = Path(settings.BASE_DIR) / "docs" / "operations" / "operators-tools.md"
OURS = ("tenants", "rbac", "sso", "blueprints", "deployment")
# Only where the demo is set up.
OF_THE_DEMO = {"seed_demo"}


def test_the_table_of_commands_is_complete() -> None:
    ours = {name for name, app in get_commands().items() if str(app).partition(".")[0] in OURS}
    section = PAGE.read_text().partition("## All commands")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| \[?`(\w+)`", section, re.MULTILINE)
    assert set(rows) == ours | OF_THE_DEMO
    assert len(rows) == len(set(rows))
