from __future__ import annotations

from itertools import product

import pytest

from iac_platform.common import permissions
from iac_platform.common.permissions import Permission, Scope, UnknownPermission, declare


@pytest.fixture(autouse=True)
def _registry_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permissions, "_registry", {})


def test_a_declared_permission_is_found_by_its_name() -> None:
    permission = declare("note", "view", "Read notes.")
    assert permissions.get("note.view") is permission
    assert str(permission) == permission.name == "note.view"


def test_a_name_that_nobody_declared_is_unknown() -> None:
    declare("note", "view", "Read notes.")
    with pytest.raises(UnknownPermission, match=r"note\.veiw"):
        permissions.get("note.veiw")


def test_a_name_is_declared_once() -> None:
    declare("note", "view", "Read notes.")
    with pytest.raises(ValueError, match="twice"):
        declare("note", "view", "Read them again.")
    assert declare("note", "change", "Change notes.") in permissions.declared()


def test_all_permissions_are_listed_by_name() -> None:
    for resource in ("zone", "blueprint", "note"):
        declare(resource, "view", "Read.")
    names = [permission.name for permission in permissions.declared()]
    assert names == ["blueprint.view", "note.view", "zone.view"]


def test_a_wider_scope_covers_a_narrower_one_and_never_the_reverse() -> None:
    width = {Scope.OWN: 1, Scope.TENANT: 2, Scope.GLOBAL: 3}
    for wide, narrow in product(width, repeat=2):
        assert wide.covers(narrow) == (width[wide] >= width[narrow])


def test_equal_permissions_are_one() -> None:
    assert Permission("note", "view", "Read.") == Permission("note", "view", "Read.")
