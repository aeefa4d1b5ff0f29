from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.load.errors import LoadTestError
from tests.load.people import Person, read_people

if TYPE_CHECKING:
    from pathlib import Path


def user(name: str, role: str, **details: Any) -> dict[str, Any]:
    return {"username": name, "password": "secret", "role": role, "api_token": "t", **details}


def accounts(folder: Path, *users: dict[str, Any]) -> Path:
    file = folder / "accounts.json"
    file.write_text(json.dumps({"tenants": [{"host": "acme.test", "users": users}]}))
    return file


def test_whoever_may_create_takes_part(tmp_path: Path) -> None:
    file = accounts(tmp_path, user("ada", "admin"), user("vic", "viewer"))
    assert read_people(file, with_passwords=True) == [Person("acme.test", "ada", "secret", "t")]


def test_who_has_no_password_takes_part_where_none_is_used(tmp_path: Path) -> None:
    file = accounts(tmp_path, user("ada", "admin"), user("bot", "system-engineer", password=""))
    names = {
        with_passwords: [each.username for each in read_people(file, with_passwords=with_passwords)]
        for with_passwords in (True, False)
    }
    assert names == {True: ["ada"], False: ["ada", "bot"]}


def test_a_file_without_anybody_who_can_be_used_is_refused(tmp_path: Path) -> None:
    file = accounts(tmp_path, user("vic", "viewer"))
    with pytest.raises(LoadTestError, match="nobody with a password and a token and the role"):
        read_people(file, with_passwords=True)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"tenants": [{"users": [{}]}]}'])
def test_what_is_no_file_of_accounts_is_one_clear_line(tmp_path: Path, content: str) -> None:
    file = tmp_path / "accounts.json"
    file.write_text(content)
    with pytest.raises(LoadTestError, match=r"accounts\.json is no file of accounts"):
        read_people(file, with_passwords=False)


def test_a_file_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(LoadTestError, match="No such file"):
        read_people(tmp_path / "none.json", with_passwords=False)
