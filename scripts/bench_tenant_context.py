r"""What the tenant context costs: round trips and milliseconds, beside stock Django.

Three ways do the same work: Django's own backend without any tenancy, Django's own
with the context sent as a statement of its own, and ours. The statement reads one row
of a table without policies, so that only the context is measured. Round trips are
counted in libpq's own trace: each ReadyForQuery is one.

Usage: with ``DATABASE_URL`` and ``SECRET_KEY`` as for manage.py, on a database with at
its tables::

    python scripts/bench_tenant_context.py --url direct=postgresql://iac_app:…@host:5432/db \\
        --url pooled=postgresql://iac_app:…@host:6432/db
"""

# ruff: noqa: E402 - Django must be set up before its models are imported

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iac_platform.settings")

import dj_database_url
import django

django.setup()

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.postgresql.base import DatabaseWrapper as StockWrapper

from tenants.context import tenant_scope
from tenants.database.base import DatabaseWrapper
from tenants.models import PLATFORM_TENANT_ID, Tenant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Work = tuple[str, int]
"""Whether there is a transaction around it (``atomic`` or ``autocommit``), and how many
statements it has."""

WORK: list[Work] = [("autocommit", 1), ("atomic", 1), ("atomic", 5)]
WARM_UP = 30
ROUNDS = 7


class Way:
    """One way of reaching a tenant's rows."""

    def __init__(self, name: str, wrapper: type[Any], *, tells: bool, tenant: Tenant) -> None:
        self.name = name
        self.wrapper = wrapper
        self.tells = tells
        self.tenant = tenant
        self.query = f"SELECT name FROM {tenant.schema_name}.django_migrations WHERE id = 1"  # noqa: S608  # a schema's name
        self.context = (
            f"SELECT set_config('search_path', '{tenant.schema_name}, public', true), "
            f"set_config('app.current_tenant', '{tenant.id}', true)"
        )

    def do(self, work: Work) -> None:
        """Do one unit of work."""
        kind, statements = work
        # A context of its own needs a transaction even around one statement.
        if kind == "atomic" or self.tells:
            with transaction.atomic():
                self._statements(statements)
        else:
            self._statements(statements)

    def _statements(self, count: int) -> None:
        with connection.cursor() as cursor:
            if self.tells:
                cursor.execute(self.context)
            for _ in range(count):
                cursor.execute(self.query)
                cursor.fetchall()


@contextmanager
def connected(way: Way, url: str) -> Iterator[None]:
    """Make a connection of this way the default one, in the tenant's scope."""
    settings = {
        **connections.settings[DEFAULT_DB_ALIAS],
        **dj_database_url.parse(url, engine="django.db.backends.postgresql"),
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
    before = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = way.wrapper(settings, DEFAULT_DB_ALIAS)
    try:
        with tenant_scope(way.tenant):
            yield
    finally:
        connection.close()
        connections[DEFAULT_DB_ALIAS] = before


def round_trips(do: Callable[[], None]) -> int:
    """How often one unit of work waits for the server, by libpq's trace."""
    pgconn = connection.connection.pgconn
    with tempfile.TemporaryFile() as trace:
        pgconn.trace(trace.fileno())
        try:
            do()
        finally:
            pgconn.untrace()
        trace.seek(0)
        return trace.read().count(b"\tReadyForQuery\t")


def milliseconds(do: Callable[[], None], repeat: int) -> float:
    """The median time of one unit of work."""
    times = []
    for turn in range(repeat + WARM_UP):
        began = time.perf_counter()
        do()
        if turn >= WARM_UP:
            times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def measure(way: Way, url: str, repeat: int) -> list[tuple[int, float]]:
    """Round trips and median milliseconds of each kind of work."""
    with connected(way, url):
        way.do(WORK[0])
        works = [partial(way.do, work) for work in WORK]
        return [(round_trips(do), milliseconds(do, repeat)) for do in works]


def quietest(rounds: list[list[tuple[int, float]]]) -> list[str]:
    """Each kind of work with its lowest median: the round that was disturbed least."""
    cells = [
        (max(trips for trips, _ in work), min(ms for _, ms in work))
        for work in zip(*rounds, strict=True)
    ]
    return [f"{trips} trips, {ms:.2f} ms" for trips, ms in cells]


def report(ways: list[Way], urls: dict[str, str], repeat: int) -> None:
    """Measure everything and print a table in Markdown."""
    heads = [f"{kind}, {count} statement{'s' * (count > 1)}" for kind, count in WORK]
    print("| route | way | " + " | ".join(heads) + " |")
    print("|---|---|" + "---|" * len(WORK))
    for route, url in urls.items():
        # In turns, so that a busy moment of the machine meets all of them.
        rounds = [[measure(way, url, repeat) for way in ways] for _ in range(ROUNDS)]
        for way, found in zip(ways, zip(*rounds, strict=True), strict=True):
            print(f"| {route} | {way.name} | " + " | ".join(quietest(list(found))) + " |")


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--url", action="append", required=True, metavar="ROUTE=URL")
    parser.add_argument("--repeat", type=int, default=300)
    arguments = parser.parse_args()
    urls = dict(text.split("=", 1) for text in arguments.url)
    tenant = Tenant.objects.select_related("placement").get(pk=PLATFORM_TENANT_ID)
    ways = [
        Way("Django, no tenancy", StockWrapper, tells=False, tenant=tenant),
        Way("Django, context sent apart", StockWrapper, tells=True, tenant=tenant),
        Way("this platform", DatabaseWrapper, tells=False, tenant=tenant),
    ]
    report(ways, urls, arguments.repeat)


if __name__ == "__main__":
    main()
