"""The servers of a test run, seen by a test in that run."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
import redis

from deployment.local import processes, state, valkey
from tests import services as plugin

if TYPE_CHECKING:
    from tests.services import Services

SETTINGS_OF_DATABASES = """
    SELECT setrole::regrole::text, setconfig FROM pg_db_role_setting
    JOIN pg_database ON oid = setdatabase WHERE datname = %s ORDER BY 1
"""


def test_the_application_reaches_its_database_through_the_pool(services: Services) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        row = connection.execute("SELECT current_user, inet_server_port()").fetchone()

    assert row == ("iac_app", services.port)
    if services.pool_port != services.port:
        assert f":{services.pool_port}/" in os.environ["DATABASE_URL"]


def test_the_copy_of_the_template_has_its_grants_and_settings_too(services: Services) -> None:
    own = os.environ["DATABASE_URL"].rpartition("/")[2]

    with psycopg.connect(services.admin_url) as admin:
        acls = admin.execute(
            "SELECT datname, datacl::text FROM pg_database WHERE datname IN (%s, %s)",
            [own, services.template],
        ).fetchall()
        settings = [
            admin.execute(SETTINGS_OF_DATABASES, [name]).fetchall()
            for name in (own, services.template)
        ]

    grants: dict[str, str] = dict(acls)
    assert own != services.template
    assert grants[own] == grants[services.template]
    assert "iac_app=c/iac_owner" in grants[own]
    assert settings[0] == settings[1] != []


def test_what_was_compiled_once_is_not_compiled_again_by_each_process() -> None:
    assert "PYTHONDONTWRITEBYTECODE" not in os.environ
    assert not sys.dont_write_bytecode


def test_the_cache_is_there_and_numbered_for_this_worker() -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    number = 0 if worker == "main" else int(worker.removeprefix("gw")) + 1

    assert os.environ["REDIS_URL"].endswith(f"/{number}")
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        assert client.ping()


@pytest.mark.parametrize("owner_lives", [True, False], ids=["living", "killed"])
def test_only_what_a_killed_run_left_behind_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, owner_lives: bool
) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(plugin, "MEMORY_FOLDER", Path("/nowhere"))
    folder = tmp_path / f"{plugin.FOLDER_PREFIX}left"
    folder.mkdir()
    valkey.start(folder / "redis")
    owner = processes.current().to_json()
    state.save(folder / "owner.json", owner if owner_lives else owner | {"began": "earlier"})

    plugin._end_abandoned_runs()  # noqa: SLF001 - a real second run would take as long as this one

    assert folder.exists() is owner_lives
    assert (valkey.running(folder / "redis") is not None) is owner_lives
    valkey.stop(folder / "redis")
