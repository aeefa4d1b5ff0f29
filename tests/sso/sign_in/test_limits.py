"""How long sessions last is the tenant's choice."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from sso.sign_in.errors import InvalidSignInPolicy
from sso.sign_in.models import Session
from sso.sign_in.services.policies import set_sign_in_policy
from tenants.context import tenant_scope
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from sso.sign_in.services.policies import SignInChoices
    from tenants.models import Tenant
    from tests.admin_client import AdminClient


def is_in(client: AdminClient) -> bool:
    return bool(client.get("/account/").status_code == 200)


def choose(tenant: Tenant, **choices: int) -> None:
    chosen: SignInChoices = choices  # type: ignore[assignment]  # by their names
    with tenant_scope(tenant):
        set_sign_in_policy(actor=ACTOR, **chosen)


def test_a_session_ends_when_the_tenant_says_whatever_is_done_in_it(
    tenant: Tenant, vic: AdminClient
) -> None:
    with tenant_scope(tenant):
        ends = Session.objects.get().expires_at
    assert timedelta(hours=7) < ends - timezone.now() <= timedelta(hours=8)
    choose(tenant, session_hours=2)
    with tenant_scope(tenant):
        ends = Session.objects.get().expires_at
    assert ends - timezone.now() <= timedelta(hours=2)
    # Writing the session does not bring its time back.
    assert vic.post("/account/", {"full_name": "Vic"}).status_code == 302
    with tenant_scope(tenant):
        assert Session.objects.get().expires_at == ends
    # Nor does a longer limit: that is for those who sign in from then on.
    choose(tenant, session_hours=100)
    with tenant_scope(tenant):
        assert Session.objects.get().expires_at == ends


def test_a_session_that_nobody_uses_ends(tenant: Tenant, vic: AdminClient) -> None:
    def unused_for(minutes: int) -> None:
        with tenant_scope(tenant):
            Session.objects.update(last_seen_at=timezone.now() - timedelta(minutes=minutes))

    unused_for(7 * 60)
    assert is_in(vic)
    choose(tenant, idle_minutes=30)
    unused_for(29)
    assert is_in(vic)
    unused_for(31)
    assert not is_in(vic)


def test_limits_out_of_range_are_refused(tenant: Tenant) -> None:
    for name, value in (("session_hours", 0), ("session_hours", 169), ("idle_minutes", 14)):
        with pytest.raises(InvalidSignInPolicy):
            choose(tenant, **{name: value})
