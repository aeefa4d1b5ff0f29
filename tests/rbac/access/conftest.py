"""What tests of access share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.rbac.access.actors import Actors

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person

    Reach = dict[int, set[Any]]


@pytest.fixture
def actors(in_scope: Tenant, person: Person) -> Actors:
    return Actors(person(in_scope, "admin"))
