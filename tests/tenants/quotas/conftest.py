"""Tenants with limits of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tenants.context import tenant_scope
from tenants.models import Tenant
from tenants.quotas.services import override_quotas
from tests.conftest import ACTOR
from tests.throwaway import platform

if TYPE_CHECKING:
    from tests.api_client import ApiClient

Limit = Callable[..., Tenant]


def limited(tenant: Tenant, **limits: int | None) -> Tenant:
    """The tenant, read anew, with these limits of its own and no others."""
    with tenant_scope(platform()):
        return override_quotas(tenant, overrides=limits, actor=ACTOR)


def usage(client: ApiClient, path: str = "/api/v1/usage/") -> dict[str, dict[str, Any]]:
    """What the usage endpoint says, by quota."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.content
    return {each["name"]: each for each in answer.json()["quotas"]}


@pytest.fixture
def small(tenant: Tenant) -> Tenant:
    """A tenant of each tier in turn that may have two more projects than it has: two."""
    return limited(tenant, projects=2, users=2, blueprints=2)
