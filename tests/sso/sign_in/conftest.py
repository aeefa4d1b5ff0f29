"""Somebody who signs in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin_client import AdminClient
from tests.sso.sign_in.signing_in import FIREFOX, PASSWORD, sign_in

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Person


@pytest.fixture
def vic(tenant: Tenant, person: Person) -> AdminClient:
    """Somebody without any right in the admin, who has signed in."""
    user = person(tenant, "viewer", "vic", password=PASSWORD)
    client = AdminClient(tenant)
    client.user = user
    assert sign_in(client, "vic", headers={"user-agent": FIREFOX}).status_code == 302
    return client
