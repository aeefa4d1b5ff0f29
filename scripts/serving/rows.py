"""Many rows of one tenant, and what row-level security costs among them."""

from __future__ import annotations

import os
import statistics
import time
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from tenants.database.entrance import enter

if TYPE_CHECKING:
    from tenants.models import Tenant

_ROUNDS, _QUERIES = 7, 200
_ADD = """
    INSERT INTO {schema}.blueprints
        (id, tenant_id, project_id, name, name_key, description, latest_number, revision,
         created_at, updated_at)
    SELECT gen_random_uuid(), %(tenant)s, p.id, 'Row ' || n, 'row ' || n, '', 0, 1,
           now() - n * interval '1 second', now()
    FROM (SELECT id FROM {schema}.projects WHERE tenant_id = %(tenant)s LIMIT 1) p,
         generate_series(%(first)s::int, %(last)s::int) n
"""
_PAGE = "SELECT * FROM blueprints {where} ORDER BY created_at DESC, id DESC LIMIT 26"
_ONE = "SELECT * FROM blueprints WHERE {and_}id = '{key}'"


def fill(tenant: Tenant, first: int, last: int) -> None:
    """Give a tenant the rows of these numbers, past the application."""
    with psycopg.connect(_admin_url(), autocommit=True) as admin:
        add = sql.SQL(_ADD).format(schema=sql.Identifier(tenant.schema_name))
        admin.execute(add, {"tenant": tenant.pk, "first": first, "last": last})
        admin.execute(
            sql.SQL("VACUUM ANALYZE {}.blueprints").format(sql.Identifier(tenant.schema_name))
        )


def isolation(tenant: Tenant, key: str) -> dict[str, tuple[float, float]]:
    """Microseconds for a page and for one row: with the policies, and as somebody they do not bind.

    Who is not bound names the tenant in the query, as every query would have to.
    """
    theirs = f"tenant_id = '{tenant.pk}'"
    queries = {
        "a page of 26": (_PAGE.format(where=""), _PAGE.format(where=f"WHERE {theirs}")),
        "one row": (_ONE.format(and_="", key=key), _ONE.format(and_=f"{theirs} AND ", key=key)),
    }
    with (
        psycopg.connect(os.environ["BENCH_DIRECT_URL"]) as bound,
        psycopg.connect(_admin_url()) as free,
    ):
        bound.execute(enter(tenant.pk))
        path = sql.SQL("SET search_path = {}, public").format(sql.Identifier(tenant.schema_name))
        free.execute(path)
        return {
            name: _paired((bound, with_policies), (free, without))
            for name, (with_policies, without) in queries.items()
        }


def _paired(*asked: tuple[psycopg.Connection, str]) -> tuple[float, float]:
    """The lowest of some medians of each, taken in turn."""
    found = [[_median(*each) for each in asked] for _ in range(_ROUNDS)]
    bound, free = (min(times) for times in zip(*found, strict=True))
    return bound, free


def _median(connection: psycopg.Connection, query: str) -> float:
    times = []
    for _ in range(_QUERIES):
        began = time.perf_counter()
        connection.pgconn.exec_(query.encode())
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e6


def _admin_url() -> str:
    return os.environ["BENCH_ADMIN_URL"].rpartition("/")[0] + "/iac"
