from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenants.models import Tier
from tests.api.people import People
from tests.api.response_cache.reader import BLUEPRINTS, DOCUMENT, PROJECTS, create
from tests.log_lines import log

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.api_client import ApiClient
    from tests.conftest import Api
    from tests.throwaway import ThrowawayTenants

# Fixtures: pytest finds them by their names here.
__all__ = ["log"]


@pytest.fixture(params=[Tier.STANDARD, Tier.ENTERPRISE])
def home(request: pytest.FixtureRequest, committed_tenants: ThrowawayTenants) -> Tenant:
    """A tenant whose changes are committed: within a transaction nothing is kept."""
    return committed_tenants(request.param)


@pytest.fixture
def people(home: Tenant) -> People:
    """Its people, by their roles."""
    return People(home)


@pytest.fixture
def admin(home: Tenant, api: Api) -> ApiClient:
    """An admin of the tenant."""
    return api(home)


@pytest.fixture
def project(admin: ApiClient) -> str:
    """The address of a project."""
    return f"{PROJECTS}{create(admin, PROJECTS, name='Shop')['id']}/"


@pytest.fixture
def blueprint(admin: ApiClient, project: str) -> str:
    """The address of a blueprint in it."""
    of = project.removeprefix(PROJECTS).rstrip("/")
    made = create(admin, BLUEPRINTS, name="Web", project=of, document=DOCUMENT)
    return f"{BLUEPRINTS}{made['id']}/"
