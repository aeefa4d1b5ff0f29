from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from deployment.local import accounts
from tests.deployment.local.conftest import as_root_only

if TYPE_CHECKING:
    from pathlib import Path


@as_root_only
def test_root_runs_servers_as_an_account_without_privileges() -> None:
    account = accounts.server_account()

    assert account is not None
    assert account.uid != 0


@pytest.mark.skipif(os.geteuid() == 0, reason="only an ordinary user is nobody else")
def test_an_ordinary_user_runs_servers_as_themselves() -> None:
    assert accounts.server_account() is None


def test_a_reachable_folder_is_used_where_it_is_and_belongs_to_the_account(
    open_folder: Path,
) -> None:
    account = accounts.server_account()

    home = accounts.own_folder(open_folder / "data", account)

    assert home == open_folder / "data"
    assert home.stat().st_uid == (account.uid if account else os.geteuid())
    assert home.stat().st_mode & 0o777 == 0o700


@as_root_only
def test_below_a_closed_folder_a_link_leads_to_a_place_that_can_be_reached(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o700)
    account = accounts.server_account()

    home = accounts.own_folder(tmp_path / "data", account)

    try:
        assert (tmp_path / "data").is_symlink()
        assert accounts.can_enter(account, home)
        assert not accounts.can_enter(account, tmp_path)
        assert accounts.own_folder(tmp_path / "data", account) == home
    finally:
        accounts.remove_folder(tmp_path / "data")
    assert not home.exists()
    assert list(tmp_path.iterdir()) == []
