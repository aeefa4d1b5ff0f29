"""What a request costs: cached and made anew, under gunicorn and granian, alone and in a mix.

Makes tenants with blueprints, serves them as production does, and sends load with wrk over
keep-alive connections. Prints requests a second, percentiles, and CPU per request of each part:
on a machine that does other things as well, compare CPU, and only within one run. Starts servers
of its own and touches nothing else. Needs wrk (``apt install wrk``).

    python scripts/bench_requests.py                             # gunicorn, three minutes
    python scripts/bench_requests.py --granian .venv/bin/granian # and granian beside it
    python scripts/bench_requests.py --seconds 2 --tenants 4     # a short one
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
    parser.add_argument("--seconds", type=int, default=8, help="of each measurement")
    parser.add_argument("--tenants", type=int, default=20, help="half of them enterprise")
    parser.add_argument("--connections", type=int, default=32, help="that wrk keeps open")
    parser.add_argument("--granian", type=Path, help="the program; without it, gunicorn alone")
    parser.add_argument("--folder", type=Path, help="where the data lie; on a real disk")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        parser.error("wrk is not installed: apt install wrk")
    if options.granian is not None and not options.granian.exists():
        parser.error(f"there is no {options.granian}")
    inner = [
        *(sys.executable, str(ROOT / "scripts" / "serving" / "measuring.py")),
        *(f"--{name}={getattr(options, name)}" for name in ("seconds", "tenants", "connections")),
        *([f"--granian={options.granian}"] if options.granian else []),
    ]
    return run_in_laboratory(inner, options.folder)


if __name__ == "__main__":
    sys.exit(main())
