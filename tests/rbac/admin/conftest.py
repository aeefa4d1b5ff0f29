from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.admin_client import AdminClient
from tests.api.limits import no_rate_limits
from tests.api.zone import PUBLISHED
from tests.rbac.admin.admin_clients import AdminClients
from tests.tenants.domains.dns_server import DnsServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.fixtures import Settings

    from tenants.models import Tenant
    from tests.conftest import Person, Rivals

__all__ = ["no_rate_limits"]


@pytest.fixture
def admin(tenant: Tenant, person: Person) -> AdminClient:
    return AdminClient(tenant, person(tenant, "admin"))


@pytest.fixture
def admin_clients(rivals: Rivals, operator: Tenant, settings: Settings) -> Iterator[AdminClients]:
    with DnsServer(PUBLISHED) as server:
        settings.DNS_NAMESERVERS = [server.address]
        yield AdminClients(rivals, operator)


@pytest.fixture
def query_count() -> Callable[[Callable[[], object]], int]:
    """Counts the statements of a call, after one that fills caches."""

    def count(call: Callable[[], object]) -> int:
        call()
        with CaptureQueriesContext(connection) as statements:
            call()
        return len(statements)

    return count
