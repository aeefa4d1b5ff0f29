"""What provisioning by SCIM costs: users and groups, one request each, as providers send them.

An identity provider looks for each user by name, creates them, and puts them into groups of which
some give a role. Prints milliseconds and queries of each kind of request, at the beginning and at
the end, which are the same where a request costs the same whatever there is; and the whole time.
Starts servers of its own, as durable as production's, and touches nothing else.

    python scripts/bench_scim.py                             # 10,000 users and 500 groups: long
    python scripts/bench_scim.py --users 500 --groups 25
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
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--groups", type=int, default=500)
    parser.add_argument("--folder", type=Path, help="where the data lie; on a real disk")
    options = parser.parse_args()
    script = str(ROOT / "scripts" / "scim" / "provisioning.py")
    inner = [sys.executable, script, str(options.users), str(options.groups)]
    return run_in_laboratory(inner, options.folder)


if __name__ == "__main__":
    sys.exit(main())
