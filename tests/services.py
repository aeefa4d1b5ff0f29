"""A pytest plug-in: real PostgreSQL, PgBouncer and Redis for one test run.

The controlling process starts them in a folder of their own and migrates one template
database; each xdist worker gets a copy of it and a numbered Redis database. All of it is in the
environment before Django's settings are read, and ends with the run, however that ends.

Variables that it reads: ``TEST_SERVICES=off`` starts nothing (for tests without a database),
``TEST_DATABASE_ADMIN_URL`` and ``TEST_REDIS_URL`` name servers to use instead of private ones
(their roles ``iac_owner`` and ``iac_app`` get new passwords: use servers that serve only tests),
``CI`` turns what is missing from skipped tests into an error.
"""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from deployment.local import (
    accounts,
    pgbouncer,
    postgres,
    postgres_binaries,
    processes,
    state,
    system_programs,
    valkey,
)
from deployment.local.ports import LOOPBACK
from deployment.local.processes import Process
from tests.ci import in_ci, skip_where_missing

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

ROOT = Path(__file__).resolve().parents[1]
SHARED_FILE = "IAC_TEST_SERVICES_FILE"
FOLDER_PREFIX = "iac-tests-"
MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108  # only a private mkdtemp is made there
MEMORY_NEEDED = 2 * 2**30
POOL_SIZE = 5
"""Server connections per database: small, so that tests share them as tenants do."""
REDIS_DATABASES = 64
UNREACHABLE = f"postgres://iac_app:none@{LOOPBACK}:1/none"


@dataclass(frozen=True, slots=True)
class Services:
    """What the whole run shares.

    Attributes:
        admin_url: PostgreSQL as a superuser, direct.
        host, port: of that server.
        pool_port: PgBouncer's loopback port, or the server's own where there is no PgBouncer.
        redis_url: without a database number.
        owner_password, app_password: of ``iac_owner`` and ``iac_app``.
        prefix: begins the names of this run's databases.
    """

    admin_url: str
    host: str
    port: int
    pool_host: str
    pool_port: int
    redis_url: str
    owner_password: str
    app_password: str
    prefix: str

    @property
    def template(self) -> str:
        """The migrated database that workers copy."""
        return f"{self.prefix}_template"

    def owner_url(self, database: str) -> str:
        """Return a database's URL as the owner, direct."""
        return f"postgres://iac_owner:{self.owner_password}@{self.host}:{self.port}/{database}"

    def app_url(self, database: str) -> str:
        """Return a database's URL as the application role, direct."""
        return f"postgres://iac_app:{self.app_password}@{self.host}:{self.port}/{database}"

    def pooled_url(self, database: str) -> str:
        """Return a database's URL as the application role, through PgBouncer."""
        login = f"iac_app:{self.app_password}"
        return f"postgres://{login}@{self.pool_host}:{self.pool_port}/{database}"

    def environment(self, database: str, redis_number: int) -> dict[str, str]:
        """Return the variables that the platform reads."""
        return {
            "DATABASE_URL": self.pooled_url(database),
            "DATABASE_OWNER_URL": self.owner_url(database),
            "REDIS_URL": f"{self.redis_url}/{redis_number}",
        }


COMMON_ENVIRONMENT = {
    "SECRET_KEY": "only-for-tests-" + "0123456789" * 4,
    "BASE_DOMAIN": "iac.test",
    "SECURE": "false",
    "DEBUG": "false",
}


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Have the servers and the environment ready before pytest-django reads the settings."""
    early_config.addinivalue_line(
        "markers", "needs(*programs): installed programs without which the test is skipped"
    )
    os.environ.update(COMMON_ENVIRONMENT)
    _write_bytecode()
    if os.environ.get("TEST_SERVICES") == "off" or early_config.known_args_namespace.collectonly:
        os.environ.update(DATABASE_URL=UNREACHABLE, DATABASE_OWNER_URL="", REDIS_URL="")
    else:
        os.environ.update(_own_environment(_shared_services()))
    return (yield)


def _write_bytecode() -> None:
    """Overrule images that write none: each of a run's processes would compile everything again."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def pytest_report_header() -> list[str]:
    """Say loudly what is missing and what that leaves out."""
    return [
        f"MISSING {program.name}: left out or weakened: {program.for_tests} "
        f"(install {' '.join(program.debian_packages)})"
        for program in system_programs.missing()
    ]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test that needs a program which is not installed; with CI set, fail it."""
    wanted = {name for marker in item.iter_markers("needs") for name in marker.args}
    absent = sorted(wanted & _missing()) if wanted else []
    if not absent:
        return
    reason = f"needs {', '.join(absent)}, which is not installed"
    skip_where_missing(reason)


@cache
def _missing() -> frozenset[str]:
    """The programs that are not installed; to find out, some of them are started."""
    return frozenset(program.name for program in system_programs.missing())


@pytest.fixture(scope="session")
def services() -> Services:
    """The servers of this run, for tests that need more than the environment says."""
    return _shared_services()


def _shared_services() -> Services:
    """Return the run's servers; the first to ask, the controlling process, starts them."""
    if SHARED_FILE not in os.environ:
        os.environ[SHARED_FILE] = str(_start_all())
    return Services(**json.loads(Path(os.environ[SHARED_FILE]).read_text(encoding="utf-8")))


def _own_environment(shared: Services) -> dict[str, str]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    number = int(worker.removeprefix("gw")) + 1 if worker != "main" else 0
    database = f"{shared.prefix}_{worker}"
    with _one_at_a_time():
        copy_database(shared, shared.template, database)
    return shared.environment(database, number % REDIS_DATABASES)


def _start_all() -> Path:
    """Start everything, migrate the template, and return the file that describes it."""
    _refuse_gaps_in_ci()
    _end_abandoned_runs()
    folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX, dir=_base_folder()))
    folder.chmod(0o711)  # the servers' account passes through to its own folders
    state.save(folder / "owner.json", processes.current().to_json())
    atexit.register(_end, folder)
    # A terminated run ends its servers too, as an interrupted one does. Other exceptions would
    # only fail the test that they met, or be answered with a 500.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    shared = _start_servers(folder)
    _migrate_template(shared)
    state.save(folder / "services.json", asdict(shared))
    return folder / "services.json"


def _start_servers(folder: Path) -> Services:
    roles = {"iac_owner": secrets.token_hex(16), "iac_app": secrets.token_hex(16)}
    admin_url = os.environ.get("TEST_DATABASE_ADMIN_URL") or _start_postgres(folder)
    server = conninfo_to_dict(admin_url)
    host, port = str(server.get("host", LOOPBACK)), int(server.get("port") or 5432)
    pool_host, pool_port = host, port
    if pgbouncer.program() is not None:
        pool_host, pool_port = LOOPBACK, _start_pgbouncer(folder, host, port, roles)
    return Services(
        admin_url=admin_url,
        host=host,
        port=port,
        pool_host=pool_host,
        pool_port=pool_port,
        redis_url=os.environ.get("TEST_REDIS_URL") or _start_redis(folder),
        owner_password=roles["iac_owner"],
        app_password=roles["iac_app"],
        prefix=f"iac_{os.getpid()}",
    )


def _start_postgres(folder: Path) -> str:
    return postgres.start(folder / "postgres", settings=postgres.THROWAWAY).url()


def _start_pgbouncer(folder: Path, host: str, port: int, roles: dict[str, str]) -> int:
    return pgbouncer.start(
        folder / "pgbouncer",
        postgres_host=host,
        postgres_port=port,
        users=roles,
        pool_size=POOL_SIZE,
    ).port


def _start_redis(folder: Path) -> str:
    server = valkey.start(folder / "redis", databases=REDIS_DATABASES)
    return server.url().rpartition("/")[0]


def _migrate_template(shared: Services) -> None:
    """Set up and migrate the template with the operator's own commands, directly."""
    environment = {
        **os.environ,
        **shared.environment(shared.template, 0),
        "DATABASE_URL": shared.app_url(shared.template),
    }
    for command in (["setup_database", "--admin-url", shared.admin_url], ["migrate_schemas"]):
        result = subprocess.run(  # noqa: S603  # our own manage.py
            [sys.executable, "manage.py", *command],
            check=False,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=environment,
        )
        if result.returncode != 0:
            text = f"manage.py {command[0]} failed:\n{result.stdout[-2000:]}{result.stderr[-4000:]}"
            raise pytest.UsageError(text)


def copy_database(shared: Services, source: str, database: str) -> None:
    """Copy a database exactly: also the grants and settings that CREATE DATABASE leaves."""
    names = {"copy": sql.Identifier(database), "template": sql.Identifier(source)}
    with psycopg.connect(shared.admin_url, autocommit=True) as admin:
        create = "CREATE DATABASE {copy} TEMPLATE {template} OWNER iac_owner"
        admin.execute(sql.SQL(create).format(**names))
        admin.execute(
            "UPDATE pg_database SET datacl = "
            "(SELECT datacl FROM pg_database WHERE datname = %s) WHERE datname = %s",
            [source, database],
        )
        admin.execute(
            "INSERT INTO pg_db_role_setting SELECT copy.oid, setrole, setconfig "
            "FROM pg_db_role_setting JOIN pg_database template ON template.oid = setdatabase "
            "JOIN pg_database copy ON copy.datname = %s WHERE template.datname = %s",
            [database, source],
        )


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Hold the run's lock: a template can be copied by one session only."""
    with Path(os.environ[SHARED_FILE]).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _refuse_gaps_in_ci() -> None:
    absent = system_programs.missing()
    if absent and in_ci():
        packages = " ".join(name for program in absent for name in program.debian_packages)
        raise pytest.UsageError(f"CI is set and these are not installed: {packages}")


def _base_folder() -> Path:
    """Return a place in memory if there is room, else the usual one for temporary files.

    The embedded PostgreSQL may have to be copied beside its data, and memory folders are often
    mounted so that nothing in them can be executed.
    """
    with suppress(OSError):
        roomy = shutil.disk_usage(MEMORY_FOLDER).free > MEMORY_NEEDED
        if roomy and os.access(MEMORY_FOLDER, os.W_OK) and postgres_binaries.system():
            return MEMORY_FOLDER
    return Path(tempfile.gettempdir())


def _end_abandoned_runs() -> None:
    """End what a killed run left behind: its folder names an owner that lives no more."""
    for base in {MEMORY_FOLDER, Path(tempfile.gettempdir())}:
        for folder in base.glob(f"{FOLDER_PREFIX}*"):
            if folder.stat().st_uid != os.geteuid():
                continue
            owner = Process.from_json(state.load(folder / "owner.json"))
            if owner is not None and not owner.is_running():
                _end(folder)


def _end(folder: Path) -> None:
    _drop_databases_elsewhere(folder)
    valkey.stop(folder / "redis")
    pgbouncer.stop(folder / "pgbouncer")
    postgres.stop(folder / "postgres")
    for server in ("postgres", "pgbouncer"):
        accounts.remove_folder(folder / server)
    shutil.rmtree(folder, ignore_errors=True)


def _drop_databases_elsewhere(folder: Path) -> None:
    """Leave a server that was lent to the run as it was."""
    content = state.load(folder / "services.json")
    if not content or postgres.running(folder / "postgres"):
        return
    shared = Services(**content)
    with suppress(psycopg.Error), psycopg.connect(shared.admin_url, autocommit=True) as admin:
        pattern = shared.prefix.replace("_", r"\_") + r"\_%"
        found = admin.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern])
        for (name,) in found.fetchall():
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            admin.execute(drop)
