from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from deployment.local import pgbouncer, postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.needs("pgbouncer")


@pytest.fixture
def folder(open_folder: Path) -> Iterator[Path]:
    yield open_folder
    pgbouncer.stop(open_folder / "pgbouncer")
    postgres.stop(open_folder / "postgres")


def test_transactions_of_many_clients_share_one_server_session(folder: Path) -> None:
    server = postgres.start(folder / "postgres", settings=postgres.THROWAWAY)
    users = {postgres.SUPERUSER: server.password}
    pooler = pgbouncer.start(
        folder / "pgbouncer", postgres_port=server.port, users=users, pool_size=1
    )
    url = postgres.database_url(postgres.SUPERUSER, server.password, pooler.port, "postgres")

    with psycopg.connect(url, autocommit=True) as one, psycopg.connect(url, autocommit=True) as two:
        sessions = {each.info.backend_pid for each in (one, two)}
        servers = {
            each.execute("SELECT pg_backend_pid()").fetchone() for each in (one, two, one, two)
        }

    assert len(sessions) == 2
    assert len(servers) == 1


def test_only_listed_roles_with_their_password_get_in(folder: Path) -> None:
    server = postgres.start(folder / "postgres", settings=postgres.THROWAWAY)
    pooler = pgbouncer.start(
        folder / "pgbouncer",
        postgres_port=server.port,
        users={postgres.SUPERUSER: server.password},
        pool_size=1,
    )
    refused = [(postgres.SUPERUSER, "guess"), ("somebody", server.password)]

    for user, password in refused:
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            psycopg.connect(postgres.database_url(user, password, pooler.port, "postgres"))

    url = postgres.database_url(postgres.SUPERUSER, server.password, pooler.port, "postgres")
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == (postgres.SUPERUSER,)


def test_passwords_in_its_files_are_readable_by_their_owner_only(folder: Path) -> None:
    pgbouncer.start(folder / "pgbouncer", postgres_port=1, users={"a": 'b"c'}, pool_size=1)

    user_list = folder / "pgbouncer" / "userlist.txt"
    assert user_list.read_text() == '"a" "b""c"\n'
    assert user_list.stat().st_mode & 0o777 == 0o600


def test_statistics_are_for_the_user_who_may_ask_and_give_nothing_else(folder: Path) -> None:
    users = {"app": "a", "metrics": "m"}
    pooler = pgbouncer.start(
        folder / "pgbouncer",
        postgres_port=1,
        users=users,
        pool_size=1,
        statistics_user="metrics",
    )
    console = {
        user: postgres.database_url(user, password, pooler.port, "pgbouncer")
        for user, password in users.items()
    }
    with psycopg.connect(console["metrics"], autocommit=True) as connection:
        assert connection.execute("SHOW STATS").fetchall()
        with pytest.raises(psycopg.Error, match="admin access needed"):
            connection.execute("PAUSE")
    with pytest.raises(psycopg.OperationalError, match="not allowed"):
        psycopg.connect(console["app"])
