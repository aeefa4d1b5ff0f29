"""What the audit log's chain costs: audited transactions a second, without it and with it.

Threads write to one tenant, and each to one of its own, through PgBouncer: every transaction
changes a row and records that. Then the log that came of it is verified. Starts servers of its own,
as durable as production's, and touches nothing else.

    python scripts/bench_audit.py                    # a minute
    python scripts/bench_audit.py --seconds 20
"""

from __future__ import annotations

import argparse
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
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement")
    parser.add_argument("--folder", type=Path, help="where the data lie; on a real disk")
    options = parser.parse_args()
    inner = [sys.executable, str(ROOT / "scripts" / "audit" / "writing.py"), str(options.seconds)]
    return run_in_laboratory(inner, options.folder)


if __name__ == "__main__":
    sys.exit(main())
