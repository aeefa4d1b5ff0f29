"""How many SQL statements a GET costs: the same for one object as for fifty, in both tiers.

The count includes finding the tenant and authenticating, with an empty cache. After a change
that is meant, write the figures anew and look at the difference before committing it::

    RECORD_QUERY_BASELINES=1 pytest tests/api/test_query_baselines.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.cache import caches
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from rbac.access.loading import access_cache
from tenants.context import no_tenant_scope, tenant_scope
from tests.api import routes as router
from tests.api.people import People
from tests.api.requests import send
from tests.api.resources import SAMPLES, operations
from tests.ci import recording

if TYPE_CHECKING:
    import pytest
    from django_redis.cache import RedisCache

    from tenants.models import Tenant

BASELINES = Path(__file__).with_name("query_baselines.json")
RECORDING = recording("RECORD_QUERY_BASELINES")
MANY = 50
READS = [operation for operation in operations() if operation.startswith("GET ")]


def all_reads() -> list[str]:
    """Every GET, whichever are selected in this run."""
    return [operation for operation in router.operations() if operation.startswith("GET ")]


def _cold() -> None:
    """Forget everything that is cached, whoever it belongs to, here and in Redis."""
    access_cache.clear()
    cache: RedisCache = caches["default"]
    cache.client.get_client().flushdb()


def _measure(people: People, role: str, operation: str) -> tuple[int, int]:
    """How many statements an operation sends, and how many objects it shows."""
    sample = SAMPLES[operation]
    fixture, client = people.fixture(role, own=False), people.client(role)
    _cold()
    with no_tenant_scope(), CaptureQueriesContext(connection) as statements:
        response = send(client, operation, sample, fixture)
    assert response.status_code == 200
    shown = len(response.json()["results"]) if sample.fill else 1
    return len(statements), shown


def _grown(people: People, role: str, operation: str) -> tuple[int, int]:
    """The same with fifty more objects of the kind that the operation's list shows."""
    collections = [
        sample
        for name, sample in SAMPLES.items()
        if sample.fill and operation.startswith(name.rstrip("/"))
    ]
    with transaction.atomic():
        with tenant_scope(people.tenant):
            for sample in collections:
                assert sample.fill is not None
                sample.fill(people.fixture(role, own=False), MANY)
        measured = _measure(people, role, operation)
        transaction.set_rollback(True)
    return measured


def _statements_of(
    tenant: Tenant, role: str, reads: list[str], subtests: pytest.Subtests
) -> dict[str, int]:
    people, counts = People(tenant), {}
    for operation in reads:
        few, shown = _measure(people, role, operation)
        many, shown_then = _grown(people, role, operation)
        with subtests.test(operation):
            assert many == few, "the number of statements grows with the number of objects"
            if SAMPLES[operation].fill:
                assert shown_then >= min(MANY, shown + MANY)
        counts[operation] = few
    return counts


def _compare(counts: dict[str, int]) -> None:
    known = json.loads(BASELINES.read_text(encoding="utf-8")) if BASELINES.exists() else {}
    if RECORDING:
        access_cache = {name: known[name] for name in known if name in all_reads()}
        text = json.dumps(access_cache | counts, indent=2, sort_keys=True)
        BASELINES.write_text(text + "\n", encoding="utf-8")
        return
    assert counts == {name: known.get(name) for name in counts}


def test_a_customers_reads_cost_what_is_on_record(
    tenant: Tenant, subtests: pytest.Subtests
) -> None:
    reads = [operation for operation in READS if not SAMPLES[operation].operator]
    _compare(_statements_of(tenant, "admin", reads, subtests))


def test_the_operators_reads_cost_what_is_on_record(
    operator: Tenant, subtests: pytest.Subtests
) -> None:
    reads = [operation for operation in READS if SAMPLES[operation].operator]
    _compare(_statements_of(operator, "operator", reads, subtests))


def test_the_record_is_of_what_can_be_read_and_of_nothing_else() -> None:
    assert sorted(json.loads(BASELINES.read_text(encoding="utf-8"))) == sorted(all_reads())
