"""What tenants cost at scale: making them, and serving them at 1, 100 and 1,000 placements.

Starts a PostgreSQL with durable settings, PgBouncer in transaction mode and a cache of its
own, makes tenants through the platform's services, serves requests with gunicorn, prints
tables in Markdown, and removes everything at the end. Nothing else is touched.

    python scripts/bench_scale.py                                  # the full run, 10 to 20 minutes
    python scripts/bench_scale.py --placements 50 --standard 200   # a short one
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from deployment.local import accounts, pgbouncer, postgres, processes, valkey  # noqa: E402
from deployment.local.ports import LOOPBACK, exchange, free_port  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DATABASE = "iac"
# As on a small server. Nothing that makes a commit durable is switched off.
POSTGRES_SETTINGS = {"shared_buffers": "512MB", "max_connections": "100", "max_wal_size": "4GB"}
POOL_SIZE = 8
PROBE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--placements", type=int, default=1000, help="enterprise tenants to make")
    parser.add_argument("--standard", type=int, default=10_000, help="standard tenants to make")
    parser.add_argument(
        "--stock", type=int, default=20, help="schemas that django-tenants makes, for comparison"
    )
    parser.add_argument(
        "--requests", type=int, default=1000, help="requests at each number of placements"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all figures")
    parser.add_argument("--graph", type=Path, metavar="FILE", help="also draw memory, as SVG")
    parser.add_argument("--folder", type=Path, help="where the data lie; on a real disk")
    return parser.parse_args()


@contextmanager
def servers(folder: Path) -> Iterator[dict[str, str]]:
    """Run the servers; the block gets the environment that reaches them, as the owner."""
    passwords = {"iac_owner": secrets.token_hex(16), "iac_app": secrets.token_hex(16)}
    database = postgres.start(folder / "postgres", settings=POSTGRES_SETTINGS)
    try:
        pool = pgbouncer.start(
            folder / "pgbouncer",
            postgres_port=database.port,
            users=passwords,
            pool_size=POOL_SIZE,
        )
        cache = valkey.start(folder / "valkey")
        app = passwords["iac_app"]
        yield {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SECRET_KEY": secrets.token_hex(32),
            "BASE_DOMAIN": "bench.test",
            "SECURE": "false",
            "LOG_LEVEL": "ERROR",
            "REDIS_URL": cache.url(),
            "DATABASE_URL": postgres.database_url("iac_app", app, database.port, DATABASE),
            "DATABASE_OWNER_URL": postgres.database_url(
                "iac_owner", passwords["iac_owner"], database.port, DATABASE
            ),
            "BENCH_POOLED_URL": postgres.database_url("iac_app", app, pool.port, DATABASE),
            "BENCH_ADMIN_URL": database.url(),
        }
    finally:
        valkey.stop(folder / "valkey")
        pgbouncer.stop(folder / "pgbouncer")
        postgres.stop(folder / "postgres")
        for name in ("postgres", "pgbouncer", "valkey"):
            accounts.remove_folder(folder / name)


def manage(environment: Mapping[str, str], *command: str) -> None:
    """Run one of the platform's commands."""
    subprocess.run(  # noqa: S603  # our own manage.py
        [sys.executable, "manage.py", *command],
        check=True,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
    )


@contextmanager
def web(environment: Mapping[str, str], folder: Path) -> Iterator[str]:
    """Serve with gunicorn behind PgBouncer, as in production; the block gets the port."""
    port, log = free_port(), folder / "web.log"
    serving = {name: value for name, value in environment.items() if "OWNER" not in name}
    process = processes.spawn(
        (
            *(sys.executable, "-m", "gunicorn", "iac_platform.wsgi"),
            *("--config", ROOT / "deployment" / "docker" / "gunicorn.conf.py"),
            *("--bind", f"{LOOPBACK}:{port}", "--max-requests", "0", "--no-control-socket"),
        ),
        log=log,
        folder=ROOT,
        environment={**serving, "DATABASE_URL": environment["BENCH_POOLED_URL"]},
    )
    try:
        processes.wait_until_ready(
            process, lambda: exchange(port, PROBE) != b"", name="gunicorn", log=log
        )
        yield str(port)
    finally:
        processes.stop(process)


def main() -> int:
    """Start the servers, measure inside their environment, and remove them."""
    options = arguments()
    base = options.folder or Path("/var/tmp")  # noqa: S108  # only a private folder is made there
    folder = Path(tempfile.mkdtemp(prefix="iac-bench-", dir=base))
    folder.chmod(0o711)  # the servers' account passes through to its own folders
    try:
        with servers(folder) as environment:
            manage(environment, "setup_database", "--admin-url", environment["BENCH_ADMIN_URL"])
            manage(environment, "migrate_schemas")
            with web(environment, folder) as port:
                inside = {**environment, "BENCH_WEB_PORT": port}
                command = [sys.executable, str(ROOT / "scripts" / "scale"), *sys.argv[1:]]
                return subprocess.run(  # noqa: S603  # our own script
                    command, check=False, cwd=ROOT, env=inside
                ).returncode
    finally:
        accounts.remove_folder(folder)


if __name__ == "__main__":
    sys.exit(main())
