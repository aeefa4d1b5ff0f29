from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from django.core.cache import caches as django_caches

from iac_platform.cache import service
from iac_platform.cache.configuration import caches
from iac_platform.cache.invalidation import UnsentStamps
from iac_platform.cache.keys import CURRENT_TENANT
from iac_platform.cache.statistics import Tally
from iac_platform.cache.stores.local import process_store
from tests.ci import skip_where_missing
from tests.iac_platform.cache.redis_server import BINARY, RedisServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django.fixtures import Settings

_tenant: ContextVar[UUID | None] = ContextVar("tenant_of_the_test", default=None)


def tenant_of_the_test() -> UUID | None:
    return _tenant.get()


@contextmanager
def acting_for(tenant: UUID | None) -> Iterator[None]:
    token = _tenant.set(tenant)
    try:
        yield
    finally:
        _tenant.reset(token)


@pytest.fixture(autouse=True)
def _tenants_of_the_tests() -> Iterator[None]:
    with CURRENT_TENANT.overridden(tenant_of_the_test):
        yield


@pytest.fixture(scope="session")
def _own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    if BINARY is None:
        skip_where_missing("needs redis-server or valkey-server on the PATH")
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


def _use(settings: Settings, monkeypatch: pytest.MonkeyPatch, url: str | None) -> None:
    settings.CACHES = caches(url)
    # What one test left undelivered or uncounted is no business of the next.
    monkeypatch.setattr(service, "_unsent", UnsentStamps())
    monkeypatch.setattr(service, "_tally", Tally())


@pytest.fixture
def redis(
    _own_redis: RedisServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> RedisServer:
    """The cache over a real Redis."""
    _use(settings, monkeypatch, _own_redis.url)
    return _own_redis


@pytest.fixture
def doomed_redis(
    tmp_path: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[RedisServer]:
    """The cache over a Redis that the test may kill."""
    if BINARY is None:
        skip_where_missing("needs redis-server or valkey-server on the PATH")
    server = RedisServer(tmp_path)
    server.start()
    _use(settings, monkeypatch, server.url)
    yield server
    server.kill()


@pytest.fixture(params=["redis", "local"])
def store(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each test that asks for it runs over Redis and over this process's memory."""
    if request.param == "redis":
        request.getfixturevalue("redis")
    else:
        _use(settings, monkeypatch, None)
        process_store.clear()
        django_caches["default"].clear()


@pytest.fixture
def tenant() -> Iterator[UUID]:
    """A tenant, in whose scope the test runs."""
    identity = uuid4()
    with acting_for(identity):
        yield identity
