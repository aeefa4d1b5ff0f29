"""How the cost of requests grows: with workers, with tenants, with rows; and what isolation adds.

Makes standard tenants and fills one with rows, serves the platform, sends reads past the cache
and creates with wrk, and prints tables in Markdown; then the time that PostgreSQL takes for the
same queries with row-level security and without. Starts servers of its own and touches nothing
else. Needs wrk.

    python scripts/bench_scaling.py                                             # three minutes
    python scripts/bench_scaling.py --tenants 10 1000 10000 --rows 10000 1000000
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from deployment.local.laboratory import run_in_laboratory  # noqa: E402


def main() -> int:
    """Start the servers and measure inside their environment."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=4, help="of each measurement")
    parser.add_argument("--tenants", type=int, nargs="+", default=[10, 100])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--connections", type=int, default=32, help="that wrk keeps open")
    parser.add_argument("--folder", type=Path, help="where the data lie; on a real disk")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        parser.error("wrk is not installed: apt install wrk")
    inner = [
        *(sys.executable, str(ROOT / "scripts" / "serving" / "scaling.py")),
        *(f"--{name}={getattr(options, name)}" for name in ("seconds", "connections")),
        *("--tenants", *map(str, sorted(options.tenants))),
        *("--rows", *map(str, sorted(options.rows))),
    ]
    return run_in_laboratory(inner, options.folder)


if __name__ == "__main__":
    sys.exit(main())
