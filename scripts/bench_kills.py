"""Kill the owner's processes at random moments of their work, and see whether anything is amiss.

For provisioning, moves, deletions and migrations in turn: give the process work, end it with
SIGKILL at a random moment, run it again to the end, and compare every catalog and every row
with what they must be. Prints a line for each kind of work; ends with status 1 if a single
comparison failed. It starts servers of its own and touches nothing else.

    python scripts/bench_kills.py                        # 20 kills of each kind, some minutes
    python scripts/bench_kills.py --kills 3 --only moves
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from deployment.local.laboratory import run_in_laboratory  # noqa: E402


def main() -> int:
    """Start the servers and kill inside their environment; non-zero when anything was amiss."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=20, help="of each kind of work")
    parser.add_argument("--only", default="", help="one kind: provisioning, moves, …")
    parser.add_argument("--rows", type=int, default=20_000, help="of the tenants that are moved")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10_000)
    parser.add_argument("--folder", type=Path, help="where the data lie; on a real disk")
    options = parser.parse_args()
    inner = [
        *(sys.executable, str(ROOT / "scripts" / "kills"), "--kills", str(options.kills)),
        *("--only", options.only, "--rows", str(options.rows), "--seed", str(options.seed)),
    ]
    return run_in_laboratory(inner, options.folder)


if __name__ == "__main__":
    sys.exit(main())
