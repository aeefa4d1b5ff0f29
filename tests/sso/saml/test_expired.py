"""What sign-ons leave behind goes once it has expired, with the sessions and by the same job."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from rbac.services.users import create_user
from sso.saml.models import (
    SamlConfiguration,
    SamlLogout,
    SamlRequest,
    SamlSession,
    UsedMessage,
)
from sso.sign_in.models import Session
from sso.sign_in.services.expired import clear_expired
from tenants.context import tenant_scope
from tenants.models import Tier
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from tests.throwaway import ThrowawayTenants

_SECOND, _HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.mark.parametrize("tier", [Tier.STANDARD, Tier.ENTERPRISE])
def test_only_what_has_expired_goes(committed_tenants: ThrowawayTenants, tier: str) -> None:
    with tenant_scope(committed_tenants(tier)):
        user = create_user(username="ada", actor=ACTOR)
        configuration = SamlConfiguration.objects.create(name="Okta", slug="okta")
        for digest, ends in (("old", timezone.now() - _SECOND), ("new", timezone.now() + _HOUR)):
            session = Session.objects.create(digest=digest, user=user, expires_at=ends)
            # Its own end is another: of the session at the identity provider.
            SamlSession.objects.create(
                session=session, user=user, configuration=configuration, name_id=digest
            )
            SamlRequest.objects.create(
                configuration=configuration, digest=digest, request_id="_1", expires_at=ends
            )
            UsedMessage.objects.create(digest=digest, until=ends)
            SamlLogout.objects.create(
                configuration=configuration, digest=digest, issued_at=ends, expires_at=ends
            )
        assert clear_expired() >= 3
        assert [each.digest for each in Session.objects.all()] == ["new"]
        assert [each.name_id for each in SamlSession.objects.all()] == ["new"]
        assert [each.digest for each in SamlRequest.objects.all()] == ["new"]
        assert [each.digest for each in UsedMessage.objects.all()] == ["new"]
        assert [each.digest for each in SamlLogout.objects.all()] == ["new"]
        assert SamlConfiguration.objects.count() == 1
