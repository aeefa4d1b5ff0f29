"""What tests of access share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.rbac.access.cast import Cast

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person

    Reach = dict[int, set[Any]]


@pytest.fixture
def cast(in_scope: Tenant, person: Person) -> Cast:
    return Cast(person(in_scope, "admin"))
