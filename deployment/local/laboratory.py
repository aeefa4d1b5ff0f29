"""Servers of a benchmark's own: as durable as production's, gone when it ends."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deployment.local import accounts, pgbouncer, postgres, valkey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "iac"
POOL_SIZE = 8
STATISTICS_USER = "iac_metrics"
"""As in production: known to PgBouncer only, and for nothing but its statistics."""
# As on a small server. Nothing that makes a commit durable is switched off.
POSTGRES_SETTINGS = {"shared_buffers": "512MB", "max_connections": "100", "max_wal_size": "4GB"}


@contextmanager
def laboratory(
    base: Path | None = None,
    *,
    settings: Mapping[str, str] | None = None,
    pool_size: int = POOL_SIZE,
) -> Iterator[dict[str, str]]:
    """Run PostgreSQL, PgBouncer and a cache, set up and migrated, for the block.

    Args:
        base: where the private folder with all data is made; on a real disk.
        settings: further lines of ``postgresql.conf``.
        pool_size: server connections of the pool.

    Yields:
        The environment in which the platform's commands reach them: as the application
        through PgBouncer, as the owner directly, ``BENCH_ADMIN_URL`` as a superuser,
        ``BENCH_POOL_URL`` for PgBouncer's statistics, and ``BENCH_FOLDER``, which holds the
        servers' folders.

    Raises:
        LocalServiceError: a server does not start.
        subprocess.CalledProcessError: the database cannot be set up.
    """
    parent = base or Path("/var/tmp")  # noqa: S108  # only a private folder is made there
    folder = Path(tempfile.mkdtemp(prefix="iac-bench-", dir=parent))
    folder.chmod(0o711)  # the servers' account passes through to its own folders
    try:
        with _servers(folder, {**POSTGRES_SETTINGS, **(settings or {})}, pool_size) as environment:
            manage(environment, "setup_database", "--admin-url", environment["BENCH_ADMIN_URL"])
            manage(environment, "migrate_schemas")
            yield environment
    finally:
        accounts.remove_folder(folder)


def run_in_laboratory(command: Sequence[str], base: Path | None = None, **options: Any) -> int:
    """Run a benchmark's command in the environment of a laboratory; its exit status.

    Args:
        command: what runs.
        base: where the folder with all data is made.
        options: of ``laboratory``.
    """
    with laboratory(base, **options) as environment:
        return subprocess.run(  # our own script
            list(command), check=False, cwd=ROOT, env=environment
        ).returncode


def manage(environment: Mapping[str, str], *command: str) -> None:
    """Run one of the platform's commands to its end, in silence.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    subprocess.run(
        [sys.executable, "manage.py", *command],
        check=True,
        cwd=ROOT,
        env=dict(environment),
        stdout=subprocess.DEVNULL,
    )


@contextmanager
def _servers(folder: Path, settings: Mapping[str, str], pool_size: int) -> Iterator[dict[str, str]]:
    users = ("iac_owner", "iac_app", STATISTICS_USER)
    passwords = {user: secrets.token_hex(16) for user in users}
    try:
        database = postgres.start(folder / "postgres", settings=settings)
        pool = pgbouncer.start(
            folder / "pgbouncer",
            postgres_port=database.port,
            users=passwords,
            pool_size=pool_size,
            statistics_user=STATISTICS_USER,
        )
        cache = valkey.start(folder / "valkey")
        app, owner = passwords["iac_app"], passwords["iac_owner"]
        yield {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "iac_platform.settings",
            "SECRET_KEY": secrets.token_hex(32),
            "BASE_DOMAIN": "bench.test",
            "SECURE": "false",
            "LOG_LEVEL": "CRITICAL",
            "REDIS_URL": cache.url(),
            "DATABASE_URL": postgres.database_url("iac_app", app, pool.port, DATABASE),
            "DATABASE_OWNER_URL": postgres.database_url(
                "iac_owner", owner, database.port, DATABASE
            ),
            "BENCH_DIRECT_URL": postgres.database_url("iac_app", app, database.port, DATABASE),
            "BENCH_ADMIN_URL": database.url(),
            "BENCH_POOL_URL": postgres.database_url(
                STATISTICS_USER, passwords[STATISTICS_USER], pool.port, "pgbouncer"
            ),
            "BENCH_FOLDER": str(folder),
        }
    finally:
        valkey.stop(folder / "valkey")
        pgbouncer.stop(folder / "pgbouncer")
        postgres.stop(folder / "postgres")
        for name in ("postgres", "pgbouncer", "valkey"):
            accounts.remove_folder(folder / name)
