"""A private PostgreSQL server in a folder of its own, on the loopback interface only."""

from __future__ import annotations

import secrets
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from deployment.local import accounts, postgres_binaries, processes, state
from deployment.local.errors import LocalServiceError
from deployment.local.ports import LOOPBACK, usual_port
from deployment.local.postgres_binaries import PostgresBinaries
from deployment.local.processes import Process

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deployment.local.accounts import Account

SUPERUSER = "postgres"
STATE, LOG = "postgres.json", "postgres.log"

DISCREET_LOG = {
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
"""Statements carry tenants' values, and so does the DETAIL of a violated constraint: the log gets
the message and its SQLSTATE, and neither."""
SETTINGS = {
    "listen_addresses": LOOPBACK,
    # No socket file: its path is limited to 107 bytes, and its folder would need opening up.
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    **DISCREET_LOG,
}
THROWAWAY = {
    # A test database is rebuilt on every run, so nothing of it needs to survive a crash.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "4GB",
}
"""Settings for a server whose data may be lost."""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server.

    Attributes:
        port: its loopback port.
        password: of the superuser ``postgres``.
        process: the postmaster.
        binaries: the programs it runs from.
    """

    port: int
    password: str
    process: Process
    binaries: PostgresBinaries

    def url(self, database: str = "postgres") -> str:
        """Return the superuser's URL of one database."""
        return database_url(SUPERUSER, self.password, self.port, database)


def database_url(user: str, password: str, port: int, database: str) -> str:
    """Return a ``postgres://`` URL of a database on the loopback interface."""
    return (
        f"postgres://{quote(user, safe='')}:{quote(password, safe='')}@{LOOPBACK}:{port}/{database}"
    )


def start(
    folder: Path,
    *,
    binaries: PostgresBinaries | None = None,
    port: int | None = None,
    settings: Mapping[str, str] | None = None,
) -> PostgresServer:
    """Start the server of this folder, creating its data the first time.

    Args:
        folder: where its data, log and state live; as root it may become a link to a place
            that the server's account can reach (see ``accounts.own_folder``).
        binaries: which PostgreSQL; by default the installed one, else the embedded one.
        port: where to listen; by default where it last did if that is free, else any.
        settings: further lines of ``postgresql.conf``.

    Raises:
        LocalServiceError: there is no PostgreSQL, it does not start, or the data in this folder
            were written by another major version.
    """
    account = accounts.server_account()
    home = accounts.own_folder(folder, account)
    if server := running(home):
        _wait(home, server.process)
        return server
    known = state.load(home / STATE)
    chosen = postgres_binaries.reachable(
        binaries or postgres_binaries.find(), account, copy_to=home
    )
    password = known.get("password") or secrets.token_urlsafe(24)
    # Before there are data that only this password opens: a start may be interrupted anywhere.
    state.save(home / STATE, {**known, "password": password})
    _create_data(home, chosen, account, password)
    listen = port or usual_port(known.get("port"))
    _write_settings(home, account, {**SETTINGS, **(settings or {}), "port": str(listen)})
    facts = {
        "port": listen,
        "password": password,
        "binaries": str(chosen.folder),
        "major": chosen.major,
    }
    process = _launch(home, chosen, account, facts)
    return PostgresServer(listen, password, process, chosen)


def stop(folder: Path) -> bool:
    """Stop the server of this folder, if it runs; return whether it did.

    SIGINT is PostgreSQL's fast shutdown: sessions are ended, data are written. SIGTERM would
    wait for the last client to leave.
    """
    known = state.load(folder / STATE)
    return processes.stop(Process.from_json(known.get("process")), politely=signal.SIGINT)


def running(folder: Path) -> PostgresServer | None:
    """Return the server of this folder if it runs."""
    known = state.load(folder / STATE)
    process = Process.from_json(known.get("process"))
    if process is None or not process.is_running():
        return None
    binaries = PostgresBinaries(Path(known["binaries"]), int(known["major"]))
    return PostgresServer(int(known["port"]), str(known["password"]), process, binaries)


def _create_data(
    home: Path, binaries: PostgresBinaries, account: Account | None, password: str
) -> None:
    """Run initdb into a draft that is renamed when whole: an interrupted one is never used."""
    data, draft, secret = home / "data", home / "data.draft", home / "initial-password"
    if data.exists():
        _refuse_other_major(data, binaries)
        return
    shutil.rmtree(draft, ignore_errors=True)
    state.write_private(secret, password + "\n")
    accounts.give(secret, account)
    try:
        result = processes.run(
            [
                binaries.folder / "initdb",
                *("--pgdata", draft, "--username", SUPERUSER, "--pwfile", secret),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-sync"),
                *_locale_options(binaries),
            ],
            folder=home,
            account=account,
        )
    finally:
        secret.unlink()
    if result.returncode != 0:
        raise LocalServiceError(f"initdb failed: {' / '.join(result.stderr.split(chr(10))[-4:])}")
    draft.rename(data)


def _locale_options(binaries: PostgresBinaries) -> list[str]:
    """Sort by code point and fold case by Unicode, the same on every machine.

    PostgreSQL 17 has such a locale built in; before, it is the C library's C.UTF-8.
    """
    if binaries.major >= 17:  # noqa: PLR2004 - the version that brought the builtin provider
        return ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
    return ["--locale", "C.UTF-8"]


def _refuse_other_major(data: Path, binaries: PostgresBinaries) -> None:
    wrote = int((data / "PG_VERSION").read_text(encoding="ascii"))
    if wrote != binaries.major:
        raise LocalServiceError(
            f"{data} was written by PostgreSQL {wrote} and PostgreSQL {binaries.major} is here: "
            f"install {wrote}, or move that folder away to begin anew."
        )


def _write_settings(home: Path, account: Account | None, settings: Mapping[str, str]) -> None:
    path = home / "data" / "postgresql.conf"
    quoted = {name: value.replace("'", "''") for name, value in settings.items()}
    state.write_private(path, "".join(f"{name} = '{value}'\n" for name, value in quoted.items()))
    accounts.give(path, account)


def _launch(
    home: Path, binaries: PostgresBinaries, account: Account | None, facts: Mapping[str, object]
) -> Process:
    command = (binaries.folder / "postgres", "-D", home / "data")
    process = processes.spawn(command, log=home / LOG, folder=home, account=account)
    try:
        # At once, so that a start that is killed from here on leaves nobody's server behind.
        state.save(home / STATE, {**facts, "process": process.to_json()})
        _wait(home, process)
    except BaseException:
        processes.stop(process, politely=signal.SIGINT)
        raise
    return process


def _wait(home: Path, process: Process) -> None:
    processes.wait_until_ready(
        process, lambda: _is_ready(home, process), name="PostgreSQL", log=home / LOG
    )


def _is_ready(home: Path, process: Process) -> bool:
    """Read ``postmaster.pid``, as pg_ctl does: line 1 is the pid, line 8 the status."""
    try:
        lines = (home / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    pid, status = lines[:1], [line.strip() for line in lines[7:8]]
    return pid == [str(process.pid)] and status == ["ready"]
