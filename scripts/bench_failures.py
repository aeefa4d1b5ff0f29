"""Send mixed requests while backends of the database are killed, and see what clients get.

Many clients of several tenants in both tiers read, create, change and delete projects through
the web server and PgBouncer, and each knows what it should see. Meanwhile a random backend of the
application is ended several times a second. Prints the statuses, and what was wrong: a 500, a
foreign row, a row that is missing though it was acknowledged, or there though it was refused.
Ends with status 1 if anything was wrong. It starts servers of its own, on the loopback
interface only, and ends with them.

    python scripts/bench_failures.py                              # 20,000 requests
    python scripts/bench_failures.py --requests 500 --pool-size 2
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from deployment.local.laboratory import POOL_SIZE, run_in_laboratory  # noqa: E402


def main() -> int:
    """Start the servers and send the requests; non-zero when anything was wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--clients", type=int, default=12, help="that send at the same time")
    parser.add_argument("--pool-size", type=int, default=POOL_SIZE, help="server connections")
    parser.add_argument("--every", type=float, default=0.3, help="seconds between kills; 0: none")
    parser.add_argument("--minutes", type=float, default=30, help="stop by then, whatever is left")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10_000)
    parser.add_argument("--folder", type=Path, help="where the data lie; on a real disk")
    options = parser.parse_args()
    inner = [
        *(sys.executable, str(ROOT / "scripts" / "failures" / "run.py")),
        *("--requests", str(options.requests), "--clients", str(options.clients)),
        *("--every", str(options.every), "--minutes", str(options.minutes)),
        *("--seed", str(options.seed)),
    ]
    return run_in_laboratory(inner, options.folder, pool_size=options.pool_size)


if __name__ == "__main__":
    sys.exit(main())
