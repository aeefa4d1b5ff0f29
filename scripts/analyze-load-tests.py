"""Turn the results of load tests into tables and graphs; ``--help`` says more."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.load.analysis.command import main

if __name__ == "__main__":
    sys.exit(main())
