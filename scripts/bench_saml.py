"""What SAML costs: loading its libraries, reading a response, and a whole sign-on.

Reading is measured beside pysaml2 with xmlsec1, which is what djangosaml2 does: it checks far
less. Sign-ons go through all of the platform in one process, to a PostgreSQL as durable as
production's, which is started for it.

    python scripts/bench_saml.py                     # a minute
    python scripts/bench_saml.py --rounds 200
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
    parser.add_argument("--rounds", type=int, default=60, help="of each measurement")
    parser.add_argument("--folder", type=Path, help="where the data lie; on a real disk")
    options = parser.parse_args()
    inner = [sys.executable, str(ROOT / "scripts" / "saml" / "costs.py"), str(options.rounds)]
    return run_in_laboratory(inner, options.folder)


if __name__ == "__main__":
    sys.exit(main())
