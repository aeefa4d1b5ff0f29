"""Which database and cache the demo takes, and what it says when it cannot have one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deployment.local import state, valkey
from deployment.local.demo import environment, servers
from deployment.local.errors import LocalServiceError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_named_database_is_used_and_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://iac_app@db/x")
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgres://iac_owner@db/x")

    database = servers.database()

    assert (database.url, database.owner_url, database.admin_url) == (
        "postgres://iac_app@db/x",
        "postgres://iac_owner@db/x",
        "",
    )
    assert not database.is_our_own


@pytest.mark.parametrize("given", ["DATABASE_URL", "DATABASE_OWNER_URL"])
def test_half_a_database_is_refused_with_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("DATABASE_OWNER_URL", "")
    monkeypatch.setenv(given, "postgres://somebody@db/x")

    with pytest.raises(LocalServiceError, match=r"Set both DATABASE_URL .* and DATABASE_OWNER_URL"):
        servers.database()


def test_a_named_cache_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://cache/1")

    assert servers.cache().url == "redis://cache/1"


def test_where_no_valkey_can_be_had_the_demo_goes_on_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    # A platform without the wheel and without an installed server.
    monkeypatch.setattr(valkey, "embedded", lambda: None)
    monkeypatch.setattr(valkey, "INSTALLED", ())

    cache = servers.cache()

    assert cache.url == ""
    assert cache.description.startswith("No Valkey here")
    assert "\n" not in cache.description


@pytest.mark.parametrize("last", [None, 8123])
@pytest.mark.parametrize(("text", "port"), [("", 8000), ("8001", 8001), ("65535", 65535)])
def test_the_port_is_what_port_says_or_that_of_the_last_start_or_8000(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, port: int, last: int | None
) -> None:
    monkeypatch.setenv("PORT", text)
    monkeypatch.setattr(environment, "PROCESSES", tmp_path / "processes.json")
    if last:
        state.save(environment.PROCESSES, {"port": last})

    assert environment.wanted_port() == (port if text else last or port)


@pytest.mark.parametrize("text", ["web", "-1", "0", "65536", "80 80"])
def test_a_port_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PORT", text)

    with pytest.raises(ValueError, match=f"PORT={text} is not a port number"):
        environment.wanted_port()
