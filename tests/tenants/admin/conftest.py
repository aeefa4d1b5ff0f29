from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin_client import AdminClient

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person


@pytest.fixture
def operators(operator: Tenant, person: Person) -> AdminClient:
    """The admin at the platform's host, with an operator signed in."""
    return AdminClient(operator, person(operator, "operator"))
