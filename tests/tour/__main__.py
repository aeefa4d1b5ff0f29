"""``python -m tests.tour``: take the tour on the database that the environment names.

    DATABASE_URL=… DATABASE_OWNER_URL=… SECRET_KEY=… BASE_DOMAIN=… python -m tests.tour

It needs a migrated database, makes tenants named ``tmp-…`` and removes them. Entries about them
stay in the operator's audit log, so point it at a platform that serves nobody.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import django
from django.test.utils import setup_test_environment


def main() -> int:
    """Take the tour; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.tour",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--prepare",
        default="",
        metavar="COMMAND",
        help="run by the shell when the tenants stand, before they are used; for instance psql "
        "with deployment/citus/distribute.sql",
    )
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iac_platform.settings")
    django.setup()
    # E-mail stays here.
    setup_test_environment()
    return _take(options.prepare)


def _take(command: str) -> int:
    from tests.tour.tour import take  # noqa: PLC0415  # models need django.setup()

    def prepare() -> None:
        if command:
            subprocess.run(command, shell=True, check=True)  # noqa: S602  # as its caller typed it

    with tempfile.TemporaryDirectory(prefix="iac-tour-") as folder:
        journey = take(Path(folder), say=print, prepare=prepare)
    print(f"{journey.answered.total()} requests, {len(journey.faults)} wrong")  # noqa: T201
    return 1 if journey.faults else 0


if __name__ == "__main__":
    sys.exit(main())
