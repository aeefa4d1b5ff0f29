from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from deployment.local import accounts, postgres, postgres_binaries
from deployment.local.errors import LocalServiceError
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
        pytest.skip(f"no {request.param} PostgreSQL")
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
def test_below_a_closed_folder_it_runs_from_a_copy_it_can_reach(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    embedded = postgres_binaries.embedded()
    if embedded is None:
        pytest.skip("no embedded PostgreSQL")
    closed = tmp_path / "venv"
    closed.mkdir(mode=0o700)
    (closed / "pginstall").symlink_to(embedded.folder.parent)
    unreachable = postgres_binaries.PostgresBinaries(closed / "pginstall" / "bin", embedded.major)
    try:
        account = accounts.server_account()
        home = accounts.own_folder(tmp_path / "postgres", account)
        copied = postgres_binaries.reachable(unreachable, account, copy_to=home)
        assert accounts.can_enter(account, copied.folder)

        server = postgres.start(tmp_path / "postgres", binaries=embedded)
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        postgres.stop(tmp_path / "postgres")
        accounts.remove_folder(tmp_path / "postgres")
