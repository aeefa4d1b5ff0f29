"""What is refused before anything is sent to a platform that runs already."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from deployment.local.ports import LOOPBACK, free_port
from tests.load import generator, run

if TYPE_CHECKING:
    from pathlib import Path

USER = {"username": "ada", "password": "secret", "role": "admin", "api_token": "t"}


@pytest.fixture
def accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with one account. locust counts as installed: nothing here comes to start it."""
    monkeypatch.setattr(generator, "PYTHON", tmp_path)
    file = tmp_path / "accounts.json"
    file.write_text(json.dumps({"tenants": [{"host": "acme.test", "users": [USER]}]}))
    return file


def refusal(
    accounts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    """What the program says when it refuses to run against a port where nobody listens."""
    url, results = f"http://{LOOPBACK}:{free_port()}", accounts.with_name("results")
    words = ["baseline", "--short", "--url", url, "--accounts", str(accounts)]
    monkeypatch.setattr("sys.argv", ["run", *words, "--results", str(results)])
    assert run.main() == 1
    return capsys.readouterr().err


def test_a_platform_that_is_not_there(
    accounts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "No platform is ready at http" in refusal(accounts, monkeypatch, capsys)


def test_a_file_that_holds_no_accounts(
    accounts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    accounts.write_text("{}")
    assert "is no file of accounts" in refusal(accounts, monkeypatch, capsys)
