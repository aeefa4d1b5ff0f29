"""The reference of permissions is the one that the registry and the roles give."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from iac_platform.common.permissions import LimitKind, Permission, Scope, declared
from rbac.permission_reference import render
from rbac.system_roles import BY_KEY, effective

PAGE = Path(settings.BASE_DIR) / "docs" / "permissions.md"


def test_the_page_is_up_to_date() -> None:
    out = StringIO()
    call_command("permission_reference", check=True, stdout=out)
    assert f"{PAGE} is up to date." in out.getvalue()


def test_a_page_that_is_not_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "permissions.md"
    with pytest.raises(CommandError, match=r"run manage\.py permission_reference"):
        call_command("permission_reference", check=True, file=page)
    assert not page.exists()
    outdated = PAGE.read_text(encoding="utf-8").replace("own", "tenant", 1)
    page.write_text(outdated, encoding="utf-8")
    with pytest.raises(CommandError, match="out of date"):
        call_command("permission_reference", check=True, file=page)
    assert page.read_text(encoding="utf-8") == outdated
    call_command("permission_reference", file=page, stdout=StringIO())
    call_command("permission_reference", check=True, file=page, stdout=StringIO())


def test_each_permission_has_a_row_with_all_who_hold_it() -> None:
    rows = {
        row.split("`")[1]: row for row in render(declared()).splitlines() if row.startswith("| `")
    }
    assert list(rows) == [permission.name for permission in declared()]
    for permission in declared():
        held_by = rows[permission.name].split(" | ")[-1]
        for key, role in BY_KEY.items():
            holds = permission.name in effective(frozenset({key}))
            assert (role.name in held_by) == holds, (permission.name, key)


def test_a_row_tells_scopes_and_every_further_attribute() -> None:
    permission = Permission(
        "spare_part",
        "order",
        "Order | reorder",
        (Scope.OWN, Scope.GLOBAL),
        limitable_by=(LimitKind.PROJECT, LimitKind.ENVIRONMENT),
        four_eyes=True,
    )
    page = render([permission])
    assert "## Spare part\n" in page
    assert (
        "| `spare_part.order` | Order \\| reorder | own, global "
        "| limitable by: project, environment; four eyes |  |"
    ) in page
