"""Of several polls at the same moment, one gets the token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rbac.models import ApiToken
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tenants.models import Tier
from tests.admin_client import AdminClient
from tests.conftest import ACTOR
from tests.sso.oauth.devices import CommandLine, decide
from tests.sso.saml.test_sign_ons_at_once import at_once

if TYPE_CHECKING:
    from tests.throwaway import ThrowawayTenants


@pytest.mark.parametrize("tier", [Tier.STANDARD, Tier.ENTERPRISE])
def test_of_polls_at_once_one_gets_the_token(
    committed_tenants: ThrowawayTenants, tier: str
) -> None:
    tenant = committed_tenants(tier)
    with tenant_scope(tenant):
        user = create_user(username="ada", roles=["viewer"], actor=ACTOR)
    codes = CommandLine(tenant).start()
    decide(AdminClient(tenant, user), codes)
    statuses = at_once(lambda: CommandLine(tenant).poll(codes).status_code)
    assert sorted(statuses) == [200, *[400] * (len(statuses) - 1)]
    with tenant_scope(tenant):
        assert ApiToken.objects.filter(user=user).count() == 1
