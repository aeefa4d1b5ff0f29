from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import psycopg
import pytest

from deployment.local import accounts, postgres, postgres_binaries
from deployment.local.errors import LocalServiceError
from deployment.local.virtualenv import ROOT
from tests.ci import skip_where_missing
from tests.deployment.local.conftest import as_root_only

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from deployment.local.postgres_binaries import PostgresBinaries

SOURCES = {"system": postgres_binaries.system, "embedded": postgres_binaries.embedded}


@pytest.fixture(params=SOURCES)
def binaries(request: pytest.FixtureRequest) -> PostgresBinaries:
    found = SOURCES[request.param]()
    if found is None:
        skip_where_missing(f"no {request.param} PostgreSQL")
    return found


@pytest.fixture
def folder(open_folder: Path) -> Iterator[Path]:
    yield open_folder / "postgres"
    postgres.stop(open_folder / "postgres")


def test_data_and_password_survive_a_restart(folder: Path, binaries: PostgresBinaries) -> None:
    first = postgres.start(folder, binaries=binaries)
    with psycopg.connect(first.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'Grüße' AS word")
    assert postgres.stop(folder)
    assert postgres.running(folder) is None

    second = postgres.start(folder, binaries=binaries)

    assert second.password == first.password
    with psycopg.connect(second.url()) as connection:
        row = connection.execute("SELECT upper(word) FROM kept").fetchone()
    assert row in (("GRÜSSE",), ("GRÜßE",))


def test_the_log_tells_of_errors_and_holds_no_values(
    folder: Path, binaries: PostgresBinaries
) -> None:
    server = postgres.start(folder, binaries=binaries)
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE people (name text PRIMARY KEY)")
        for statement in ("INSERT INTO people VALUES ('hush-1')", "SELECT 'hush-2' FROM nowhere"):
            connection.execute("INSERT INTO people VALUES ('hush-1') ON CONFLICT DO NOTHING")
            with pytest.raises(psycopg.Error):
                connection.execute(statement)
        with pytest.raises(psycopg.Error, match="duplicate key value"):
            connection.execute("INSERT INTO people VALUES (%s)", ["hush-1"])
    logged = (folder / postgres.LOG).read_text()
    assert "duplicate key value" in logged
    assert 'relation "nowhere" does not exist' in logged
    assert "hush" not in logged


def test_starting_again_finds_the_running_server(folder: Path) -> None:
    server = postgres.start(folder, settings=postgres.THROWAWAY)

    assert postgres.start(folder) == server == postgres.running(folder)


def test_nobody_gets_in_without_the_password(folder: Path) -> None:
    server = postgres.start(folder, settings=postgres.THROWAWAY)

    wrong = postgres.database_url(postgres.SUPERUSER, "guess", server.port, "postgres")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)

    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
        assert connection.execute("SHOW unix_socket_directories").fetchone() == ("",)


def test_data_of_another_major_version_are_refused_and_kept(folder: Path) -> None:
    server = postgres.start(folder, settings=postgres.THROWAWAY)
    postgres.stop(folder)
    version = folder / "data" / "PG_VERSION"
    version.write_text("9\n")

    with pytest.raises(LocalServiceError, match="was written by PostgreSQL 9"):
        postgres.start(folder)

    version.write_text(f"{server.binaries.major}\n")
    assert postgres.start(folder).password == server.password


def test_a_taken_port_is_reported_with_the_servers_own_reason(folder: Path) -> None:
    server = postgres.start(folder, settings=postgres.THROWAWAY)
    other = folder.with_name("other")

    with pytest.raises(LocalServiceError, match="Address already in use"):
        postgres.start(other, port=server.port)

    assert postgres.running(other) is None


@as_root_only
def test_programs_in_a_closed_folder_are_run_from_a_copy_that_can_be_reached(
    open_folder: Path,
) -> None:
    embedded = postgres_binaries.embedded()
    if embedded is None:
        skip_where_missing("no embedded PostgreSQL")
    package = embedded.folder.parents[1]
    closed = open_folder / "closed"
    for source in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(source, closed / source.name, symlinks=True)
    closed.chmod(0o700)
    closed_bin = closed / embedded.folder.relative_to(package.parent)
    assert not accounts.can_enter(accounts.server_account(), closed_bin)
    folder = open_folder / "postgres"
    try:
        server = postgres.start(
            folder, binaries=postgres_binaries.PostgresBinaries(closed_bin, embedded.major)
        )
        # The original could help out unnoticed.
        shutil.rmtree(closed)

        assert server.binaries.folder.is_relative_to(folder)
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        postgres.stop(folder)


@as_root_only
def test_programs_that_a_umask_has_shut_off_are_run_from_a_copy_also_after_a_bad_one(
    open_folder: Path,
) -> None:
    """As ``make demo`` meets them when root makes the environment under umask 077."""
    embedded = postgres_binaries.embedded()
    if embedded is None:
        skip_where_missing("no embedded PostgreSQL")
    package = embedded.folder.parents[1]
    shut = open_folder / "shut"
    for source in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(source, shut / source.name, symlinks=True)
    for path in shut.rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o700)
    shut.chmod(0o700)
    binaries = postgres_binaries.PostgresBinaries(
        shut / embedded.folder.relative_to(package.parent), embedded.major
    )
    folder = open_folder / "postgres"
    # What an earlier release left: folders that can be entered, and files that cannot be read.
    bad = folder / f"binaries-{embedded.major}"
    shutil.copytree(shut, bad, symlinks=True)
    for path in (bad, *(each for each in bad.rglob("*") if each.is_dir())):
        path.chmod(0o755)
    try:
        server = postgres.start(folder, binaries=binaries)
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        postgres.stop(folder)


@pytest.mark.parametrize("moment", ["initdb", "launch"])
def test_a_start_that_was_killed_is_gone_on_with(folder: Path, moment: str) -> None:
    """After initdb, whose password must not be lost; and while the server was starting."""
    program = (
        "import os, sys, pathlib\n"
        "from deployment.local import postgres\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "def kill(*_, **__): os.kill(os.getpid(), 9)\n"
        "setattr(postgres, {'initdb': '_write_settings', 'launch': '_wait'}[sys.argv[2]], kill)\n"
        "postgres.start(folder, settings=postgres.THROWAWAY)\n"
    )
    killed = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", program, str(folder), moment], check=False, cwd=ROOT
    )
    assert killed.returncode == -signal.SIGKILL
    server = postgres.start(folder, settings=postgres.THROWAWAY)
    with psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
