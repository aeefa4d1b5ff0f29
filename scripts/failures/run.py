"""The inside of ``scripts/bench_failures.py``, run in the environment of its servers."""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import django

from deployment.local.web_server import web_server


def main() -> int:
    """Send the requests; non-zero when anything was wrong."""
    options = _arguments()
    django.setup()
    from clients import Client, Report  # noqa: PLC0415  # Django must be set up
    from killer import Killer  # noqa: PLC0415  # likewise
    from making import accounts, rows_of  # noqa: PLC0415  # it imports models

    print(f"{os.cpu_count()} cores, seed {options.seed}", flush=True)
    tenants = accounts(options.clients)
    deadline = time.monotonic() + options.minutes * 60
    log = Path(os.environ["BENCH_FOLDER"]) / "web.log"
    total, began = Report(), time.perf_counter()
    with web_server(os.environ, log) as web, Killer(every=options.every) as killer:
        clients = [
            Client(number, web.port, tenants, seed=options.seed)
            for number in range(options.clients)
        ]
        share = options.requests // options.clients
        with ThreadPoolExecutor(options.clients) as pool:
            for report in pool.map(lambda client: client.run(share, deadline), clients):
                total.add(report)
    seconds = time.perf_counter() - began
    total.compare({tenant.host: rows_of(tenant) for tenant in tenants})
    print(f"{total.statuses.total()} requests in {seconds:.0f} s; {killer.kills} backends killed")
    print(total.describe())
    return 1 if total.wrong else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, required=True)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--every", type=float, required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
