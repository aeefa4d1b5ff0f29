"""A CI system that every test here may have misbehave, and a tenant's service account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sso.workload_identity.ci import Ci, account_of, running_ci

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rbac.models import User
    from tenants.models import Tenant


@pytest.fixture
def ci() -> Iterator[Ci]:
    """One that behaves, until it is told otherwise."""
    with running_ci() as started:
        yield started


@pytest.fixture
def account(tenant: Tenant) -> User:
    """The service account that its jobs act as."""
    return account_of(tenant)
