"""The configuration for operators, run by a real PgBouncer before a real PostgreSQL."""

from __future__ import annotations

from configparser import ConfigParser
from typing import TYPE_CHECKING

import psycopg
import pytest

from deployment.local import accounts, pgbouncer, ports, postgres, processes
from deployment.local.virtualenv import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services import Services

pytestmark = pytest.mark.needs("pgbouncer")

SHIPPED = ROOT / "deployment" / "pgbouncer" / "pgbouncer.ini"


def moved_here(folder: Path, shared: Services, port: int) -> Path:
    """The shipped file with another server, port and folder, and nothing else changed."""
    configuration = ConfigParser(interpolation=None)
    configuration.read(SHIPPED)
    database = shared.template.replace("template", "main")
    configuration["databases"]["iac_platform"] = (
        f"host={shared.host} port={shared.port} dbname={database}"
    )
    configuration["pgbouncer"]["listen_port"] = str(port)
    configuration["pgbouncer"]["auth_file"] = str(folder / "userlist.txt")
    (folder / "userlist.txt").write_text(f'"iac_app" "{shared.app_password}"\n')
    with (folder / "pgbouncer.ini").open("w") as file:
        configuration.write(file)
    for path in (folder / "userlist.txt", folder / "pgbouncer.ini"):
        accounts.give(path, accounts.server_account())
    return folder / "pgbouncer.ini"


def test_the_application_works_through_it_and_the_owner_is_kept_out(
    tmp_path: Path, services: Services
) -> None:
    account = accounts.server_account()
    folder = accounts.own_folder(tmp_path / "pooler", account)
    port = ports.free_port()
    program = pgbouncer.program()
    assert program is not None
    log = folder / "log"
    pooler = processes.spawn(
        [program, moved_here(folder, services, port)], log=log, folder=folder, account=account
    )
    try:
        processes.wait_until_ready(
            pooler, lambda: ports.exchange(port, pgbouncer.SSL_REQUEST) != b"", name="It", log=log
        )
        url = postgres.database_url("iac_app", services.app_password, port, "iac_platform")
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("iac_app",)
        owner = postgres.database_url("iac_owner", services.owner_password, port, "iac_platform")
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            psycopg.connect(owner)
        assert "unknown parameter" not in log.read_text()
    finally:
        processes.stop(pooler)
        accounts.remove_folder(tmp_path / "pooler")


def test_it_pools_by_transaction_like_the_pool_of_the_tests() -> None:
    configuration = ConfigParser(interpolation=None)
    configuration.read(SHIPPED)

    assert configuration["pgbouncer"]["pool_mode"] == "transaction"
