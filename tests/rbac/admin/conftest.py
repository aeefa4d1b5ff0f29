from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin_client import AdminClient

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person


@pytest.fixture
def admin(tenant: Tenant, person: Person) -> AdminClient:
    return AdminClient(tenant, person(tenant, "admin"))
