"""What the tenants that exist cost: requests, planning, memory, disk."""

from __future__ import annotations

import json
import os
import random
import statistics
import time
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection
from django.test import Client

from blueprints.catalog.models import Project
from tenants.context import tenant_scope
from tenants.models import Tenant

LOOPBACK = "127.0.0.1"
PATH = "/api/v1/projects/"
OK = 200
# PostgreSQL's idle backends report their statistics after ten seconds
# (PGSTAT_IDLE_INTERVAL in src/backend/utils/activity/pgstat.c).
STATISTICS_DELAY = 11
KILOBYTE = 1024


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and 95th percentile, in milliseconds."""

    median: float
    p95: float

    @classmethod
    def of(cls, seconds: list[float]) -> Spread:
        """Of measured seconds."""
        ordered = sorted(seconds)
        return cls(statistics.median(ordered) * 1000, ordered[int(len(ordered) * 0.95)] * 1000)

    def __str__(self) -> str:
        return f"{self.median:.1f} ({self.p95:.1f})"


@dataclass(frozen=True, slots=True)
class Cost:
    """Figures at one number of placements.

    Attributes:
        placements: schemas in the database.
        first: requests, each the first of its placement (to the backend it happens to get).
        request: requests to placements in random order after that.
        readyz: the readiness check.
        plan_first, plan_again: planning one statement in a schema that a backend has not
            or has seen before.
        transactions: of one request.
        held: milliseconds that one request holds a server connection.
        classes, attributes: rows of those catalogs.
        catalog, database: bytes.
    """

    placements: int
    first: Spread
    request: Spread
    readyz: Spread
    plan_first: Spread
    plan_again: Spread
    transactions: float
    held: float
    classes: int
    attributes: int
    catalog: int
    database: int

    def to_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)


def measure(tokens: dict[str, str], requests: int) -> Cost:
    """Measure with these tenants: token by slug, one placement each."""
    slugs = list(tokens)
    first = [_get(PATH, slug, tokens[slug]) for slug in slugs]
    before = _activity()
    times = [_get(PATH, slug, tokens[slug]) for slug in random.choices(slugs, k=requests)]  # noqa: S311  # no secret
    time.sleep(STATISTICS_DELAY)
    held, transactions = (
        (after - earlier) / requests for after, earlier in zip(_activity(), before, strict=True)
    )
    readyz = [_get("/readyz", slugs[0], "") for _ in range(50)]
    plans = plan_times(slugs)
    return Cost(
        placements=_number("SELECT count(*) FROM placements"),
        first=Spread.of(first),
        request=Spread.of(times),
        readyz=Spread.of(readyz),
        plan_first=plans[0],
        plan_again=plans[1],
        transactions=transactions,
        held=held,
        classes=_number("SELECT count(*) FROM pg_class"),
        attributes=_number("SELECT count(*) FROM pg_attribute"),
        catalog=_number(
            "SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
            " WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'"
        ),
        database=_number("SELECT pg_database_size(current_database())"),
    )


def schema_bytes() -> float:
    """The median size of a dedicated placement's relations, in bytes."""
    return _number(
        "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY size) FROM ("
        " SELECT sum(pg_total_relation_size(c.oid)) size FROM pg_class c"
        " JOIN placements p ON p.schema_name::name = c.relnamespace::regnamespace::name"
        " WHERE c.relkind = 'r' AND p.kind = 'dedicated' GROUP BY p.id) sizes"
    )


def plan_times(slugs: list[str]) -> tuple[Spread, Spread]:
    """PostgreSQL's own planning time on a new backend: first and second time in each schema."""
    connection.close()
    tenants = Tenant.objects.select_related("placement").filter(slug__in=slugs)
    passes = [[_planning(tenant) for tenant in tenants] for _ in range(2)]
    return Spread.of(passes[0]), Spread.of(passes[1])


def _planning(tenant: Tenant) -> float:
    with tenant_scope(tenant):
        plan = Project.objects.all()[:51].explain(format="json", summary=True)
    milliseconds: float = json.loads(plan)[0]["Planning Time"]
    return milliseconds / 1000


def memory(tokens: dict[str, str], steps: list[int]) -> list[tuple[int, int]]:
    """Private bytes of one backend after it served requests of so many placements."""
    connection.close()
    found = []
    for seen, (slug, token) in enumerate(tokens.items(), start=1):
        _ask_here(slug, token)
        if seen in steps or seen == len(tokens):
            found.append((seen, _private_bytes(connection.connection.info.backend_pid)))
    return found


def _ask_here(slug: str, token: str) -> None:
    """Answer a request in this process, so that its backend is this process's connection."""
    client = Client(HTTP_HOST=f"{slug}.bench.test", HTTP_AUTHORIZATION=f"Bearer {token}")
    _require(client.get(PATH).status_code)


def _private_bytes(pid: int) -> int:
    """Memory that only this backend has: shared buffers are not part of it."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    fields = dict(line.split(":", 1) for line in lines[1:])
    return int(fields["Anonymous"].split()[0]) * KILOBYTE


def _get(path: str, slug: str, token: str) -> float:
    """Seconds until the web server's answer is read, on a connection of its own."""
    # With a cookie it is made anew: what is measured is the database, not what is kept.
    headers = {"Host": f"{slug}.bench.test", "Connection": "close", "Cookie": "bench=1"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    began = time.perf_counter()
    server = HTTPConnection(LOOPBACK, int(os.environ["BENCH_WEB_PORT"]), timeout=30)
    server.request("GET", path, headers=headers)
    answer = server.getresponse()
    answer.read()
    server.close()
    seconds = time.perf_counter() - began
    _require(answer.status)
    return seconds


def _require(status: int) -> None:
    if status != OK:
        raise RuntimeError(f"The platform answered {status} instead of 200.")


def _activity() -> tuple[float, float]:
    """Milliseconds in transactions, and transactions, of the pooled application so far."""
    row = _row(
        "SELECT active_time + idle_in_transaction_time, xact_commit + xact_rollback"
        " FROM pg_stat_database WHERE datname = current_database()"
    )
    return float(row[0]), float(row[1])


def _number(query: str) -> int:
    return int(_row(query)[0])


def _row(query: str) -> tuple[Any, ...]:
    url = os.environ["BENCH_ADMIN_URL"].rpartition("/")[0] + "/iac"
    with psycopg.connect(url, autocommit=True) as admin:
        row = admin.execute(query).fetchone()
    if row is None:
        raise RuntimeError(f"No row: {query}")
    return row
