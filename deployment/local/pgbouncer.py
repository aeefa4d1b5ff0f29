"""A private PgBouncer in transaction mode, as production has it, on the loopback interface."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deployment.local import accounts, processes, state
from deployment.local.errors import LocalServiceError
from deployment.local.ports import LOOPBACK, exchange, usual_port
from deployment.local.processes import Process

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deployment.local.accounts import Account

STATE = "pgbouncer.json"
SSL_REQUEST = bytes.fromhex("00000008 04d2162f")
"""The first message of PostgreSQL's protocol; any server answers it with one byte."""


@dataclass(frozen=True, slots=True)
class PgBouncerServer:
    """A running pooler: its loopback port and its process."""

    port: int
    process: Process


def program() -> Path | None:
    """Return where PgBouncer is installed, or None."""
    found = shutil.which("pgbouncer", path="/usr/local/sbin:/usr/sbin:/opt/homebrew/bin") or (
        shutil.which("pgbouncer")
    )
    return Path(found) if found else None


def start(
    folder: Path,
    *,
    postgres_port: int,
    postgres_host: str = LOOPBACK,
    users: Mapping[str, str],
    pool_size: int,
    statistics_user: str = "",
    port: int | None = None,
) -> PgBouncerServer:
    """Start the pooler of this folder before every database of one server.

    Args:
        folder: where its configuration, log and state live.
        postgres_port: the port of the PostgreSQL server behind it.
        postgres_host: where that server is.
        users: password of each role that may connect; the server checks it too.
        pool_size: server connections for each pair of role and database.
        statistics_user: which of the users may also ask the pooler for its statistics.
        port: where to listen; by default where it last did if that is free, else any.

    Raises:
        LocalServiceError: PgBouncer is not installed or does not start.
    """
    executable = program()
    if executable is None:
        raise LocalServiceError("PgBouncer is not installed: install the pgbouncer package.")
    account = accounts.server_account()
    home = accounts.own_folder(folder, account)
    if server := running(home):
        return server
    listen = port or usual_port(state.load(home / STATE).get("port"))
    _write_private(home / "userlist.txt", _user_list(users), account)
    configuration = _configuration(
        home, listen, f"host={postgres_host} port={postgres_port}", pool_size, statistics_user
    )
    _write_private(home / "pgbouncer.ini", configuration, account)
    process = _launch(executable, home, listen, account)
    state.save(home / STATE, {"port": listen, "process": process.to_json()})
    return PgBouncerServer(listen, process)


def stop(folder: Path) -> bool:
    """Stop the pooler of this folder at once, if it runs; return whether it did."""
    return processes.stop(Process.from_json(state.load(folder / STATE).get("process")))


def running(folder: Path) -> PgBouncerServer | None:
    """Return the pooler of this folder if it runs."""
    known = state.load(folder / STATE)
    process = Process.from_json(known.get("process"))
    if process is None or not process.is_running():
        return None
    return PgBouncerServer(int(known["port"]), process)


def _user_list(users: Mapping[str, str]) -> str:
    """Write ``userlist.txt``: PgBouncer needs the password itself to log in to the server."""
    quoted = {name: password.replace('"', '""') for name, password in users.items()}
    return "".join(f'"{name}" "{password}"\n' for name, password in quoted.items())


def _configuration(home: Path, port: int, server: str, pool_size: int, statistics_user: str) -> str:
    """Write ``pgbouncer.ini``, keeping to settings that exist from 1.17 to the newest.

    ``server_reset_query`` does not run in transaction mode (``server_reset_query_always`` is
    off by default): whatever a session leaves behind meets the next tenant, as in production.
    """
    return f"""\
[databases]
* = {server}

[pgbouncer]
listen_addr = {LOOPBACK}
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {home / "userlist.txt"}
pool_mode = transaction
default_pool_size = {pool_size}
max_client_conn = 500
max_db_connections = 0
ignore_startup_parameters = extra_float_digits,options
query_wait_timeout = 15
server_connect_timeout = 5
server_login_retry = 1
autodb_idle_timeout = 3600
log_connections = 0
log_disconnections = 0
log_pooler_errors = 1
stats_users = {statistics_user}
"""


def _write_private(path: Path, text: str, account: Account | None) -> None:
    state.write_private(path, text)
    accounts.give(path, account)


def _launch(executable: Path, home: Path, port: int, account: Account | None) -> Process:
    log = home / "pgbouncer.log"
    command = (executable, "--quiet", home / "pgbouncer.ini")
    process = processes.spawn(command, log=log, folder=home, account=account)
    try:
        processes.wait_until_ready(
            process, lambda: exchange(port, SSL_REQUEST) != b"", name="PgBouncer", log=log
        )
    except BaseException:
        processes.stop(process)
        raise
    return process
