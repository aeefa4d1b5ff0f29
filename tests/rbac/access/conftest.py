"""What tests of access share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tenants.models import Tier
from tests.api.limits import no_rate_limits
from tests.rbac.access.actors import Actors

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person
    from tests.throwaway import ThrowawayTenants

    Reach = dict[int, set[Any]]

__all__ = ["no_rate_limits"]


@pytest.fixture
def actors(in_scope: Tenant, person: Person) -> Actors:
    return Actors(person(in_scope, "admin"))


@pytest.fixture(params=[Tier.STANDARD, Tier.ENTERPRISE])
def home(request: pytest.FixtureRequest, committed_tenants: ThrowawayTenants) -> Tenant:
    """A tenant whose changes are committed."""
    return committed_tenants(request.param)
