"""What asking about access costs: a check, and a list of what one may see among 100,000 objects.

Makes a tenant of 100,000 blueprints, and a neighbour in the same pool. Prints microseconds of a
check whose rights are kept, queries and milliseconds of one whose rights are not, and the time
and plan of ``permitted()`` for people who hold their rights in different ways, each beside a loop
over ``check()`` on a sample of the same objects. Starts servers of its own, as durable as
production's, and touches nothing else.

    python scripts/bench_access.py                      # two minutes
    python scripts/bench_access.py --objects 20000      # a short one
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
    parser.add_argument("--objects", type=int, default=100_000, help="blueprints of the tenant")
    parser.add_argument("--folder", type=Path, help="where the data lie; on a real disk")
    options = parser.parse_args()
    inner = [sys.executable, str(ROOT / "scripts" / "access" / "asking.py"), str(options.objects)]
    return run_in_laboratory(inner, options.folder)


if __name__ == "__main__":
    sys.exit(main())
