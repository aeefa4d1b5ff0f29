"""The measuring half of ``scripts/bench_scale.py``, inside the environment that it made."""

# ruff: noqa: E402 - Django must be set up before its models are imported

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iac_platform.settings")

import django

django.setup()

import psycopg
from bench_scale import arguments
from django.conf import settings
from django.db import connection
from tqdm import tqdm

from scale import costs, graph, making
from scale.costs import Cost, Spread
from tenants.models import Tier

MEGABYTE = 2**20
STEPS = (1, 10, 50, 100, 200, 400, 600, 800, 1000)
TARGET_MS, TARGET_FACTOR, TARGET_CLONE_FACTOR = 150, 10, 3


class Run:
    """One run of the benchmark, and what it found."""

    def __init__(self, placements: int, standard: int, stock: int, requests: int) -> None:
        self.placements = placements
        self.standard_count = standard
        self.stock_every = max(1, placements // stock) if stock else 0
        self.requests = requests
        self.levels = sorted({1, max(1, placements // 10), placements})
        self.tokens: dict[str, str] = {}
        self.enterprise: list[float] = []
        self.stock: list[float] = []
        self.clones: list[float] = []
        self.standard: list[float] = []
        self.costs: list[Cost] = []
        self.memory: list[tuple[int, int]] = []

    def do(self) -> None:
        """Make and measure everything."""
        with making.provisioner():
            for number in _bar(self.placements, "enterprise placements"):
                self._one_placement(number)
                if number in self.levels:
                    # A session that ends reports its transactions: they are not the requests'.
                    connection.close()
                    self.costs.append(costs.measure(self.tokens, self.requests))
            for number in _bar(self.standard_count, "standard tenants"):
                self.standard.append(making.make(f"s{number:05d}", Tier.STANDARD))
        self.memory = costs.memory(self.tokens, list(STEPS))

    def _one_placement(self, number: int) -> None:
        slug = f"e{number:05d}"
        self.enterprise.append(making.make(slug, Tier.ENTERPRISE))
        if self.stock_every and number % self.stock_every == 0:
            self.stock.append(making.make_as_django_tenants(f"stock_{number:05d}"))
            self.clones.append(making.make_as_clone(f"clone_{number:05d}"))
        self.tokens[slug] = making.token_for(slug)

    def report(self) -> str:
        """Everything as Markdown."""
        return "\n".join([_machine(), "", *self._making(), "", *self._serving(), "", *self._rest()])

    def _making(self) -> list[str]:
        rows = {
            f"enterprise tenant, of {len(self.enterprise):,}": self.enterprise,
            f"django-tenants' create_schema, of {len(self.stock):,} in between": self.stock,
            f"the same in its clone mode, of {len(self.clones):,}": self.clones,
            f"standard tenant, of {len(self.standard):,}": self.standard,
        }
        lines = ["| made | median, ms | p95, ms |", "|---|---|---|"]
        for name, seconds in rows.items():
            if seconds:
                spread = Spread.of(seconds)
                lines.append(f"| {name} | {spread.median:.1f} | {spread.p95:.1f} |")
        return [*lines, "", *self._targets()]

    def _targets(self) -> list[str]:
        ours = Spread.of(self.enterprise).median
        met = "met" if ours < TARGET_MS else "MISSED"
        lines = [f"Target of {TARGET_MS} ms for the median: {met}."]
        rivals = {
            "django-tenants' migrations": (self.stock, TARGET_FACTOR),
            "its clone mode": (self.clones, TARGET_CLONE_FACTOR),
        }
        for name, (theirs, target) in rivals.items():
            if theirs:
                factor = Spread.of(theirs).median / ours
                met = "met" if factor >= target else "MISSED"
                lines.append(
                    f"Target of {target} times {name}: {met}, {factor:.1f} times (medians)."
                )
        return lines

    def _serving(self) -> list[str]:
        heads = [
            *("placements", "request, ms", "first in a placement", "/readyz, ms", "plan, ms"),
            *("plan, first", "transactions", "connection held, ms", "pg_class"),
            *("pg_attribute", "catalogs", "database"),
        ]
        lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
        return [
            *lines,
            *(
                f"| {cost.placements:,} | {cost.request} | {cost.first} | {cost.readyz} "
                f"| {cost.plan_again.median:.2f} ({cost.plan_again.p95:.2f}) "
                f"| {cost.plan_first.median:.2f} ({cost.plan_first.p95:.2f}) "
                f"| {cost.transactions:.1f} | {cost.held:.1f} | {cost.classes:,} "
                f"| {cost.attributes:,} | {cost.catalog / MEGABYTE:.0f} MB "
                f"| {cost.database / MEGABYTE:.0f} MB |"
                for cost in self.costs
            ),
        ]

    def _rest(self) -> list[str]:
        return [
            "Medians, and 95th percentiles in brackets.",
            "",
            f"An empty dedicated placement: {costs.schema_bytes() / 1024:.0f} kB on disk.",
            "",
            "| placements one backend has served | its private memory, MB |",
            "|---|---|",
            *(f"| {seen:,} | {size / MEGABYTE:.1f} |" for seen, size in self.memory),
        ]

    def to_json(self) -> str:
        """All figures, in seconds and bytes."""
        return json.dumps(
            {
                "machine": _machine(),
                "enterprise": self.enterprise,
                "create_schema": self.stock,
                "clone_schema": self.clones,
                "standard": self.standard,
                "costs": [cost.to_json() for cost in self.costs],
                "memory": self.memory,
                "schema_bytes": costs.schema_bytes(),
            },
            indent=1,
        )


def _bar(count: int, name: str) -> tqdm[int]:
    return tqdm(range(1, count + 1), desc=name, disable=not sys.stderr.isatty())


def _machine() -> str:
    with psycopg.connect(os.environ["BENCH_ADMIN_URL"]) as admin:
        row = admin.execute("SHOW server_version").fetchone()
    version = row[0] if row else "?"
    day = time.strftime("%Y-%m-%d")
    return (
        f"{day}, {os.cpu_count()} cores, PostgreSQL {version}, fsync on, "
        f"pools of {settings.POOL_CAPACITY}: `scripts/bench_scale.py {' '.join(sys.argv[1:])}`"
    )


def main() -> None:
    """Measure, print, write."""
    options = arguments()
    run = Run(options.placements, options.standard, options.stock, options.requests)
    run.do()
    print(run.report())
    if options.json:
        options.json.write_text(run.to_json(), encoding="utf-8")
    if options.graph:
        options.graph.write_text(
            graph.line_graph(
                "Private memory of one PostgreSQL backend",
                "placements that it has served",
                "MB",
                [(float(seen), size / MEGABYTE) for seen, size in run.memory],
            ),
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
