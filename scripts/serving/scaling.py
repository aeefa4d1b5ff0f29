"""The measuring half of bench_scaling.py."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "bench_settings"
sys.path.insert(0, str(Path(__file__).resolve().parent))
django.setup()

from callers import make_caller, make_callers, make_tenants  # noqa: E402
from loads import platform_loads, reads_past_the_cache  # noqa: E402
from measuring import measure  # noqa: E402
from rows import fill, isolation  # noqa: E402
from servers import serving  # noqa: E402

from tenants.models import Tenant, Tier  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from callers import Caller

# Of many tenants, so many are asked, one after the other.
_ASKED = 30
_LOADS = ("list of 25", "detail", "create")


class Scaling:
    """One run: a tenant that grows among tenants that become more."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        (self.caller,) = make_callers(1)
        self.tenant = Tenant.objects.select_related("placement").get(slug="bench-0")
        self.made = 1

    def workers(self) -> Iterator[str]:
        """One worker and two, with few rows."""
        for number in (1, 2):
            with serving("granian", number) as port:
                yield from self._loads(f"{number}", port)

    def rows(self) -> Iterator[str]:
        """The tenant with more and more rows."""
        first = 0
        with serving("granian") as port:
            for number in self.options.rows:
                fill(self.tenant, first, number)
                first = number + 1
                yield from self._loads(f"{number:,}", port)

    def tenants(self) -> Iterator[str]:
        """More and more tenants, asked in turn for what is made anew."""
        callers: list[Caller] = []
        with serving("granian") as port:
            for number in self.options.tenants:
                made = make_tenants(range(self.made, number), [Tier.STANDARD])
                self.made = max(self.made, number)
                callers += [make_caller(each) for each in made[:: max(1, len(made) // _ASKED)]]
                load = reads_past_the_cache(callers)
                yield _row(f"{number:,}", "reads of all", measure(load, port, self.options).cells())

    def isolation(self) -> Iterator[str]:
        """What row-level security adds to a query of the largest tenant."""
        found = isolation(self.tenant, self.caller.blueprints[0])
        for name, (bound, free) in found.items():
            yield f"| {name} | {bound:.0f} | {free:.0f} | {bound - free:+.0f} |"

    def _loads(self, name: str, port: int) -> Iterator[str]:
        loads = platform_loads([self.caller])
        for load in _LOADS:
            yield _row(name, load, measure(loads[load], port, self.options).cells())


def _row(*cells: str | list[str]) -> str:
    flat = [each for cell in cells for each in ([cell] if isinstance(cell, str) else cell)]
    return f"| {' | '.join(flat)} |"


_COLUMNS = (
    *("load", "requests/s", "p50 ms", "p95 ms", "p99 ms", "web µs", "PostgreSQL µs"),
    *("PgBouncer µs", "Redis µs", "CPU µs", "errors"),
)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    for name in ("seconds", "connections"):
        parser.add_argument(f"--{name}", type=int)
    for name in ("tenants", "rows"):
        parser.add_argument(f"--{name}", type=int, nargs="+")
    scaling = Scaling(parser.parse_args())
    for name in ("workers", "tenants", "rows"):
        head = _row(name, list(_COLUMNS))
        print(f"\n{head}\n|{'---|' * (len(_COLUMNS) + 1)}")
        for line in getattr(scaling, name)():
            print(line, flush=True)
    print("\n| query | µs with row-level security | without it | difference |\n|---|---|---|---|")
    print(*scaling.isolation(), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
