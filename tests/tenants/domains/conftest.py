from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.cache import caches

from tests.tenants.domains.dns_server import Answer, DnsServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_redis.cache import RedisCache
    from pytest_django.fixtures import Settings

Zone = dict[str, Answer]


@pytest.fixture
def zone() -> Zone:
    """What the name server knows: fill it in."""
    return {}


@pytest.fixture
def name_server(zone: Zone, settings: Settings) -> Iterator[DnsServer]:
    """A name server that the platform asks."""
    with DnsServer(zone) as server:
        settings.DNS_NAMESERVERS = [server.address]
        yield server


@pytest.fixture
def no_checks_yet() -> None:
    """Forget how often tenants had DNS asked before."""
    cache: RedisCache = caches["default"]
    cache.client.get_client().flushdb()
