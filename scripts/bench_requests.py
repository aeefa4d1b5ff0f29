"""What a request costs: cached and made anew, beside a stock project, under several servers.

Makes tenants with blueprints, serves them as production does, and sends load with wrk over
keep-alive connections. Beside it runs what a team would build of the same parts: django-tenants,
model serializers, token authentication, gunicorn with sync workers; as their documentation has
them, and tuned. It has the same rows in the same PostgreSQL. Every load meets all servers in turn.

Prints requests a second, percentiles, and CPU per request of each part: on a machine that does
other things as well, compare CPU, and only within one run. Starts servers of its own and touches
nothing else. Needs wrk (``apt install wrk``).

    python scripts/bench_requests.py                           # ours and stock, four minutes
    python scripts/bench_requests.py --seconds 2 --tenants 4   # a short one
    python scripts/bench_requests.py --servers gunicorn-sync gunicorn granian
    python scripts/bench_requests.py --loads "list of 25" detail
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from deployment.local.laboratory import run_in_laboratory  # noqa: E402

# As scripts/serving/servers.py describes them.
SERVERS = ("gunicorn-sync", "gunicorn", "gunicorn-fast", "granian", "stock", "stock-tuned")


def main() -> int:
    """Start the servers and measure inside their environment."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=8, help="of each measurement")
    parser.add_argument("--tenants", type=int, default=20, help="half of them enterprise")
    parser.add_argument("--connections", type=int, default=32, help="that wrk keeps open")
    parser.add_argument(
        "--servers", nargs="+", choices=SERVERS, default=["granian", "stock", "stock-tuned"]
    )
    parser.add_argument("--loads", nargs="+", metavar="LOAD", help="those of the table alone")
    parser.add_argument("--threads", default="4", help="of each of the two workers")
    parser.add_argument("--folder", type=Path, help="where the data lie; on a real disk")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        parser.error("wrk is not installed: apt install wrk")
    os.environ["BENCH_THREADS"] = options.threads
    inner = [
        *(sys.executable, str(ROOT / "scripts" / "serving" / "measuring.py")),
        *(f"--{name}={getattr(options, name)}" for name in ("seconds", "tenants", "connections")),
        *("--servers", *options.servers),
        *(("--loads", *options.loads) if options.loads else ()),
    ]
    return run_in_laboratory(inner, options.folder)


if __name__ == "__main__":
    sys.exit(main())
