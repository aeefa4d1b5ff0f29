"""With Redis away, slow, full or emptied the API answers, and never with what was changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from uuid import uuid4

import pytest
from django.core.cache import caches

from blueprints.catalog.models import Project
from iac_platform.cache import table_stamps
from iac_platform.cache.configuration import caches as cache_settings
from iac_platform.cache.invalidation import UnsentStamps
from iac_platform.cache.responses import LIFETIME
from rbac.tokens import mint
from tenants.context import tenant_scope
from tests.api.response_cache.reader import read, warm
from tests.api_client import ApiClient
from tests.ci import skip_where_missing
from tests.iac_platform.cache.redis_server import BINARY, RedisServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django.fixtures import Settings
    from redis import Redis

    from tenants.models import Tenant


@pytest.fixture(autouse=True)
def server(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RedisServer]:
    """The cache's server, which the test may do anything to."""
    if BINARY is None:
        skip_where_missing("needs redis-server or valkey-server on the PATH")
    own = RedisServer(tmp_path)
    own.start()
    settings.CACHES = cache_settings(own.url)
    monkeypatch.setattr(table_stamps, "unsent", UnsentStamps())
    monkeypatch.setattr("iac_platform.cache.responses.unsent", table_stamps.unsent)
    yield own
    own.kill()


def _client() -> Redis:
    return cast("Redis", caches["default"].client.get_client(write=True))  # type: ignore[attr-defined]  # django-redis's


def _ask_again() -> None:
    _client().connection_pool.breaker.reset()  # type: ignore[attr-defined]  # ours


def _describe(tenant: Tenant, text: str) -> None:
    with tenant_scope(tenant):
        Project.objects.update(description=text)


def _answers(client: ApiClient, path: str, description: str, *, cached: bool) -> None:
    answer = read(client, path)
    assert answer.response.status_code == 200
    assert (answer.was_cached, answer.response.json()["description"]) == (cached, description)


def test_without_redis_everything_is_asked_for_anew(
    home: Tenant, admin: ApiClient, project: str, server: RedisServer
) -> None:
    warm(admin, project)
    server.kill()
    _answers(admin, project, "", cached=False)
    _describe(home, "new")
    _answers(admin, project, "new", cached=False)
    server.start()
    _ask_again()
    _answers(admin, project, "new", cached=False)
    warm(admin, project)


def test_a_change_during_an_outage_is_made_up_for(
    home: Tenant, admin: ApiClient, project: str, server: RedisServer
) -> None:
    warm(admin, project)
    server.freeze()
    _answers(admin, project, "", cached=False)
    _describe(home, "new")
    server.thaw()
    _ask_again()
    _answers(admin, project, "new", cached=False)
    warm(admin, project)


def test_a_full_redis_keeps_nothing_and_brings_nothing_stale_back(
    home: Tenant, admin: ApiClient, project: str
) -> None:
    warm(admin, project)
    _client().config_set("maxmemory", 1)
    _answers(admin, project, "", cached=False)
    _describe(home, "new")
    _answers(admin, project, "new", cached=False)
    _client().config_set("maxmemory", 0)
    _answers(admin, project, "new", cached=False)
    warm(admin, project)


def test_a_redis_that_lost_stamps_has_lost_the_answers(
    home: Tenant, admin: ApiClient, project: str
) -> None:
    warm(admin, project)
    lost = table_stamps.stamps_key(str(home.pk))
    assert _client().delete(lost) == 1
    _answers(admin, project, "", cached=False)
    warm(admin, project)
    _client().flushall()
    _answers(admin, project, "", cached=False)
    warm(admin, project)


def test_whoever_is_not_let_in_leaves_nothing_for_long(
    home: Tenant, admin: ApiClient, project: str
) -> None:
    """Tokens of any tenant can be made up; what is named by them used to stay for a month."""
    stranger = uuid4()
    assert ApiClient(None, token=mint(stranger)).get(project).status_code == 401
    made_up, known = (table_stamps.stamps_key(str(each)) for each in (stranger, home.pk))
    assert 0 < _client().ttl(made_up) <= 2 * LIFETIME
    warm(admin, project)
    assert _client().ttl(known) > 2 * LIFETIME


def test_a_writer_that_died_keeps_nobody_from_keeping_for_long(
    home: Tenant, admin: ApiClient, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(table_stamps, "conclude", lambda _: None)
        _describe(home, "new")
    _answers(admin, project, "new", cached=False)
    _answers(admin, project, "new", cached=False)
    monkeypatch.setattr(table_stamps, "_ABANDONED_AFTER", 0.0)
    _answers(admin, project, "new", cached=False)
    _answers(admin, project, "new", cached=True)
