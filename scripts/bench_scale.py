"""What tenants cost at scale: making them, and serving them at 1, 100 and 1,000 placements.

Starts a PostgreSQL with durable settings, PgBouncer in transaction mode and a cache of its
own, makes tenants through the platform's services, serves requests, prints
tables in Markdown, and removes everything at the end. Nothing else is touched.

    python scripts/bench_scale.py                                  # the full run, 10 to 20 minutes
    python scripts/bench_scale.py --placements 50 --standard 200   # a short one
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from deployment.local.laboratory import laboratory  # noqa: E402
from deployment.local.web_server import web_server  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


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
def web(environment: Mapping[str, str], folder: Path) -> Iterator[str]:
    """Serve behind PgBouncer, as in production; the block gets the port."""
    with web_server(environment, folder / "web.log") as served:
        yield str(served.port)


def main() -> int:
    """Start the servers, measure inside their environment, and remove them."""
    options = arguments()
    with (
        laboratory(options.folder) as environment,
        TemporaryDirectory() as logs,
        web(environment, Path(logs)) as port,
    ):
        command = [sys.executable, str(ROOT / "scripts" / "scale"), *sys.argv[1:]]
        # Past PgBouncer: the memory of a backend is read off its process.
        direct = {"DATABASE_URL": environment["BENCH_DIRECT_URL"], "BENCH_WEB_PORT": port}
        return subprocess.run(  # noqa: S603  # our own script
            command, check=False, cwd=ROOT, env={**environment, **direct}
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
