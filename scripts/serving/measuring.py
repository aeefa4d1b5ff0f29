"""Requests under load; see bench_requests.py."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import django

HERE = Path(__file__).resolve().parent
os.environ["DJANGO_SETTINGS_MODULE"] = "bench_settings"
django.setup()

import redis  # noqa: E402
from callers import make_callers  # noqa: E402
from comparison import make_stock_callers, stock_loads  # noqa: E402
from loads import platform_loads  # noqa: E402
from processor_time import Sampler  # noqa: E402
from servers import SERVERS, serving  # noqa: E402

from deployment.local.ports import LOOPBACK  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(os.environ["BENCH_FOLDER"])
REDIS = os.environ["REDIS_URL"]
_RATED = ("list of 25", "detail", "version", "create")


class Measured(NamedTuple):
    """What a load cost under a server.

    Attributes:
        rate: requests a second.
        percentiles: 50th, 95th and 99th, in milliseconds.
        cpu: microseconds per request, by part.
        errors: answers of 4xx and 5xx, and connections that failed.
    """

    rate: float
    percentiles: tuple[float, ...]
    cpu: dict[str, float]
    errors: int

    @property
    def total(self) -> float:
        """CPU of all parts, in microseconds per request."""
        return sum(self.cpu.values())

    def cells(self) -> list[str]:
        """For a row of the table."""
        times = [f"{each:.1f}" for each in self.percentiles]
        parts = [f"{self.cpu[part]:,.0f}" for part in Sampler.PARTS]
        return [f"{self.rate:,.0f}", *times, *parts, f"{self.total:,.0f}", str(self.errors)]


def measure(lines: list[str], port: int, options: argparse.Namespace) -> Measured:
    """Send a load, to caches that hold nothing yet."""
    redis.Redis.from_url(REDIS).flushall()
    requests = FOLDER / "requests.txt"
    requests.write_text("\n".join(lines) + "\n")
    command = [
        *("wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds}s"),
        *("-s", str(HERE / "mix.lua"), f"http://{LOOPBACK}:{port}"),
        *("--", str(requests)),
    ]
    sampler = Sampler(FOLDER, port, urlsplit(REDIS).port)
    shown = subprocess.run(  # noqa: S603  # a fixed program and our own options
        command, check=True, capture_output=True, text=True
    ).stdout
    used = sampler.used()
    result = next(line for line in shown.splitlines() if line.startswith("RESULT"))
    count, microseconds, errors, *percentiles = (int(each) for each in result.split()[1:])
    return Measured(
        rate=count / microseconds * 1e6,
        percentiles=tuple(each / 1000 for each in percentiles),
        cpu={part: seconds / max(count, 1) * 1e6 for part, seconds in used.items()},
        errors=errors,
    )


def measure_all(
    loads: Mapping[str, Mapping[str, list[str]]],
    ports: Mapping[str, int],
    options: argparse.Namespace,
) -> dict[str, dict[str, Measured]]:
    """Each load under each server in turn, so that what else the machine does meets them alike."""
    found: dict[str, dict[str, Measured]] = {}
    print(_row("load", "server", *_COLUMNS), _row(*["---"] * (2 + len(_COLUMNS))), sep="\n")
    for load in dict.fromkeys(name for each in loads.values() for name in each):
        if options.loads and load not in options.loads:
            continue
        for server in (name for name in ports if load in loads[name]):
            measured = measure(loads[server][load], ports[server], options)
            found.setdefault(load, {})[server] = measured
            print(_row(load, server, *measured.cells()), flush=True)
    return found


_COLUMNS = (
    *("requests/s", "p50 ms", "p95 ms", "p99 ms", "web µs", "PostgreSQL µs", "PgBouncer µs"),
    *("Redis µs", "CPU µs", "errors"),
)


def ratios(found: Mapping[str, Mapping[str, Measured]]) -> list[str]:
    """How much more CPU the stock project takes for the same, as rows of a table."""
    stocks = [name for name, server in SERVERS.items() if server.is_stock]
    rows = []
    for load in _RATED:
        for kind in (load, f"{load}, cached"):
            for name, ours in found.get(kind, {}).items():
                theirs = [found[load].get(stock) for stock in stocks] if load in found else []
                if name not in stocks and any(theirs):
                    rows.append(_row(kind, name, *(_times(ours, each) for each in theirs)))
    if not rows:
        return []
    head = ("load", "server", *(f"times less CPU than {name}" for name in stocks))
    return [_row(*head), _row(*["---"] * len(head)), *rows]


def _times(ours: Measured, theirs: Measured | None) -> str:
    return "" if theirs is None else f"{theirs.total / ours.total:.1f}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> int:
    """Make what is asked for, serve it and print the tables."""
    parser = argparse.ArgumentParser()
    for name in ("seconds", "tenants", "connections"):
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--servers", nargs="+")
    parser.add_argument("--loads", nargs="*")
    options = parser.parse_args()
    ours, stock = platform_loads(make_callers(options.tenants)), {}
    if any(SERVERS[name].is_stock for name in options.servers):
        stock = dict(stock_loads(make_stock_callers(options.tenants)))
    with ExitStack() as stack:
        ports = {name: stack.enter_context(serving(name)) for name in options.servers}
        for name in options.servers:
            print(f"- {name}: {SERVERS[name].description}")
        print(f"\nLoad average {os.getloadavg()[0]:.1f}\n", flush=True)
        loads = {name: stock if SERVERS[name].is_stock else ours for name in ports}
        print("", *ratios(measure_all(loads, ports, options)), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
