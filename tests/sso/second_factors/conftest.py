"""Ada, who signs in with a password and has an authenticator app."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pyotp
import pytest

from sso.second_factors.services.authenticator_apps import begin_app, confirm_app, setup_key
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.sso.sign_in.signing_in import PASSWORD, sign_in

STEP = "/login/second-factor/"

if TYPE_CHECKING:
    from rbac.models import User
    from tenants.models import Tenant
    from tests.conftest import Person


def code_at(app: pyotp.TOTP, steps: int = 0) -> str:
    """The code that an app shows some steps of 30 seconds from now."""
    return app.at(time.time() + steps * app.interval)


def at_second_step(tenant: Tenant, user: User, **headers: str) -> Any:
    """A browser in which somebody has shown their password."""
    client = AdminClient(tenant)
    assert sign_in(client, user.username, **headers).url == STEP
    return client


@pytest.fixture
def ada(tenant: Tenant, person: Person) -> User:
    """An admin of the tenant, without a second factor; nobody has tried to be her before."""
    return person(tenant, "admin", f"ada-{uuid4().hex[:8]}", password=PASSWORD)


@pytest.fixture
def app(tenant: Tenant, ada: User) -> pyotp.TOTP:
    """Ada's authenticator app. The code before the one of now has set it up."""
    with tenant_scope(tenant):
        factor = begin_app(ada)
        codes = pyotp.TOTP(setup_key(factor))
        confirm_app(factor, code_at(codes, -1))
    return codes
