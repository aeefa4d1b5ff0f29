"""Move a large tenant to and fro under traffic, and count what its people were told wrongly.

A standard tenant becomes an enterprise tenant and comes back, while threads write to and read
from it and from its neighbour in the pool, through PgBouncer. Prints, for each move, what
was lost, doubled or seen in the wrong place, how long it took and for how long writes were
refused; ends with status 1 if anything was wrong. It starts servers of its own, as durable as
production's, and touches nothing else.

    python scripts/bench_moves.py                    # 100,000 rows, two moves
    python scripts/bench_moves.py --rows 10000 --rounds 3
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from deployment.local.laboratory import run_in_laboratory  # noqa: E402


def main() -> int:
    """Start the servers and move inside their environment; non-zero when anything was wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000, help="of the tenant that moves")
    parser.add_argument("--rounds", type=int, default=1, help="how often to and fro")
    parser.add_argument("--folder", type=Path, help="where the data lie; on a real disk")
    options = parser.parse_args()
    inner = [
        *(sys.executable, str(ROOT / "scripts" / "moves" / "to_and_fro.py")),
        *("--rows", str(options.rows), "--rounds", str(options.rounds)),
    ]
    return run_in_laboratory(inner, options.folder)


if __name__ == "__main__":
    sys.exit(main())
