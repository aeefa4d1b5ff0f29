"""Through PgBouncer in transaction mode with two server connections, nothing is ever wrong."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections
from psycopg.pq import TransactionStatus

from deployment.local import accounts, pgbouncer
from rbac import tokens
from rbac.models import ApiToken, User
from rbac.selectors import token_shown
from rbac.services.tokens import create_token
from tenants import selectors
from tenants.context import tenant_scope
from tenants.database.cursor import BEGIN, TenantCursor
from tenants.database.roles import as_owner
from tenants.database.session import TENANT_SETTING
from tenants.models import Tenant, Tier
from tests.api_client import host_of
from tests.conftest import ACTOR
from tests.sampling import examples
from tests.tenants.soak import Killer, soak

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Person
    from tests.services import Services
    from tests.throwaway import ThrowawayTenants

pytestmark = pytest.mark.needs("pgbouncer")

POOL_SIZE = 2
THREADS = 12
OPERATIONS = examples("operations of many tenants through one pool", full=10_200, few=3_600)
SECONDS_BETWEEN_KILLS = 0.3


@pytest.fixture
def _two_server_connections(tmp_path: Path, services: Services) -> Iterator[None]:
    """Point new connections of this process at a pooler of its own."""
    folder = tmp_path / "pgbouncer"
    pooler = pgbouncer.start(
        folder,
        postgres_host=services.host,
        postgres_port=services.port,
        users={"iac_app": services.app_password},
        pool_size=POOL_SIZE,
    )
    configured = connections.settings[DEFAULT_DB_ALIAS]
    before = {"HOST": configured["HOST"], "PORT": configured["PORT"]}
    configured.update(HOST="127.0.0.1", PORT=pooler.port)
    try:
        yield
    finally:
        configured.update(before)
        pgbouncer.stop(folder)
        accounts.remove_folder(folder)


@pytest.fixture
def eight_tenants(committed_tenants: ThrowawayTenants) -> list[Tenant]:
    """Five that share a pool and three that do not."""
    tiers = [Tier.STANDARD] * 5 + [Tier.ENTERPRISE] * 3
    return [committed_tenants(tier) for tier in tiers]


def _rows_by_the_owner(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant):
        return sorted(User.objects.filter(tenant_id=tenant.id).values_list("username", flat=True))


@pytest.mark.usefixtures("_two_server_connections")
def test_nothing_foreign_and_nothing_missing_under_load_and_killed_backends(
    eight_tenants: list[Tenant], superuser_url: str
) -> None:
    with Killer(superuser_url, every=SECONDS_BETWEEN_KILLS) as killer:
        report = soak(eight_tenants, threads=THREADS, operations=OPERATIONS // THREADS)

    assert (report.foreign, report.missing, dict(report.refused)) == (0, 0, {})
    assert report.operations.total() >= OPERATIONS * 0.9
    assert min(report.operations.values()) > OPERATIONS // 100, "every kind of operation took part"
    assert killer.kills > 0
    assert report.killed > 0, "some operations met a killed backend"
    with as_owner():
        for tenant in eight_tenants:
            assert _rows_by_the_owner(tenant) == sorted(report.rows[tenant.id])


@pytest.mark.usefixtures("_two_server_connections")
def test_callers_are_told_apart_whoever_shares_their_connection(
    eight_tenants: list[Tenant], person: Person
) -> None:
    shown = []
    for tenant in eight_tenants:
        user = person(tenant, "viewer")
        with tenant_scope(tenant):
            shown.append((tenant, *create_token(user, name="robot", actor=ACTOR)))
    questions = [(host, *each) for host in eight_tenants for each in shown] * 15
    random.Random(7).shuffle(questions)  # noqa: S311  # repeatable, not secret

    def ask(start: int) -> bool:
        try:
            return all(_is_told(*question) for question in questions[start::THREADS])
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(ask, range(THREADS)))


def _is_told(host: Tenant, issuer: Tenant, token: ApiToken, secret: str) -> bool:
    """Whether a token is found at its issuer's host, and at no other's."""
    credential = tokens.parse(secret)
    assert credential is not None
    found = selectors.caller(host_of(host), credential)
    if host != issuer:
        return found is None
    return found is not None and found[0] == host and token_shown(credential, found[1]) == token


def _as_if_sessions_were_ours(cursor: TenantCursor) -> list[str]:
    """What a backend without PgBouncer in mind does: tell each connection once."""
    tenancy: Any = cursor.tenancy
    idle = cursor.connection.info.transaction_status is TransactionStatus.IDLE
    statements = [BEGIN] if idle and not tenancy.autocommit else []
    context = tenancy.missing_context()
    if context is not None:
        statements.append(
            f"SELECT set_config('search_path', '{', '.join(context.search_path)}', false), "
            f"set_config('{TENANT_SETTING}', '{context.tenant_id}', false)"
        )
        tenancy.sent_context = context
    return statements


@pytest.mark.usefixtures("_two_server_connections")
def test_the_soak_can_fail(eight_tenants: list[Tenant], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same load with the context on the session, as django-tenants has it."""
    monkeypatch.setattr(TenantCursor, "_preamble", _as_if_sessions_were_ours)
    report = soak(eight_tenants, threads=THREADS, operations=50)
    assert report.foreign > 0
    assert report.missing > 0
