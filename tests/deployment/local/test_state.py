from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deployment.local import state

if TYPE_CHECKING:
    from pathlib import Path


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    state.save(tmp_path / "a.json", {"port": 1})

    assert state.load(tmp_path / "a.json") == {"port": 1}


def test_only_the_owner_can_read_it_even_when_the_file_was_open_before(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("{}")
    path.chmod(0o644)

    state.save(path, {"password": "x"})

    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("content", [None, "", "{", "[]"])
def test_nothing_to_read_is_an_empty_object(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "a.json").write_text(content)

    assert state.load(tmp_path / "a.json") == {}
