"""Setting second factors up: what others at the same account learn and keep."""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING, Any

import pyotp
import pytest
from django.core.management import CommandError, call_command

from iac_platform.common.errors import RecentAuthenticationRequired
from rbac.models import User
from sso.second_factors.models import SecondFactor
from sso.second_factors.selectors import factors_of
from sso.second_factors.services.authenticator_apps import begin_app, confirm_app, setup_key
from sso.second_factors.services.factors import remove_factor
from sso.second_factors.services.recovery_codes import new_recovery_codes
from sso.sign_in.models import Session
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.sso.second_factors.conftest import code_at
from tests.sso.sign_in.signing_in import PASSWORD, actions

if TYPE_CHECKING:
    from tenants.models import Tenant

APP = "/account/second-factors/app/"


def key_on(page: Any) -> str:
    found = re.search(r"<code class=\"secret\">([A-Z2-7]{32})<", page.content.decode())
    assert found is not None
    return found[1]


def test_another_browser_learns_nothing_of_the_key(tenant: Tenant, ada: User) -> None:
    thief, owner = AdminClient(tenant, ada), AdminClient(tenant, ada)
    thief.get(APP)
    key = key_on(owner.get(APP))
    assert key_on(thief.post(APP, {"code": "000000"})) != key
    assert key_on(owner.post(APP, {"code": "000000"})) == key
    # Nor does the thief have the owner set theirs up.
    assert owner.post(APP, {"code": pyotp.TOTP(key).now()}).status_code == 302
    with tenant_scope(tenant):
        assert setup_key(factors_of(ada).get()) == key


def test_the_first_second_factor_ends_other_sessions(tenant: Tenant, ada: User) -> None:
    thief, owner = AdminClient(tenant, ada), AdminClient(tenant, ada)
    app = pyotp.TOTP(key_on(owner.get(APP)))
    assert owner.post(APP, {"code": app.now()}).status_code == 302
    assert owner.get("/account/").status_code == 200
    assert thief.get("/account/").status_code == 302


def test_another_app_replaces_the_one_before_and_is_on_record(
    tenant: Tenant, ada: User, app: pyotp.TOTP
) -> None:
    del app
    owner = AdminClient(tenant, ada)
    another = pyotp.TOTP(key_on(owner.get(APP)))
    assert owner.post(APP, {"code": code_at(another)}).status_code == 302
    with tenant_scope(tenant):
        assert setup_key(factors_of(ada).get()) == another.secret
    assert "second_factor.delete" in actions(tenant, actor_id=ada.audit_id)


def test_whoever_has_one_confirms_access_by_it_and_not_by_the_password(
    tenant: Tenant, ada: User, app: pyotp.TOTP
) -> None:
    client: Any = AdminClient(tenant, ada)
    page = client.get("/account/confirm/").content.decode()
    assert "Use a second factor" in page
    assert client.post("/account/confirm/", {"current": PASSWORD}).status_code == 200
    step = "/account/confirm/second-factor/"
    assert client.post(step, {"code": "000000"}).status_code == 200
    assert client.post(step, {"code": app.now(), "next": "/account/tokens/"}).url == (
        "/account/tokens/"
    )


def test_the_services_want_a_recent_authentication(
    tenant: Tenant, ada: User, app: pyotp.TOTP
) -> None:
    del app
    with tenant_scope(tenant):
        stale = User.objects.get(pk=ada.pk)
        stale.must_reauthenticate = True
        factor = begin_app(stale)
        code = code_at(pyotp.TOTP(setup_key(factor)))
        for act in (
            lambda: confirm_app(factor, code),
            lambda: new_recovery_codes(stale),
            lambda: remove_factor(factors_of(stale).get(), actor=stale),
        ):
            with pytest.raises(RecentAuthenticationRequired):
                act()
        stale.must_reauthenticate = False
        confirm_app(factor, code)


def test_the_operator_helps_whoever_has_lost_theirs(
    tenant: Tenant, ada: User, app: pyotp.TOTP
) -> None:
    del app
    command = ("remove_second_factors", "--tenant", tenant.slug, ada.username)
    said = StringIO()
    call_command(*command, "--dry-run", stdout=said)
    assert "would be removed" in said.getvalue()
    call_command(*command, stdout=said)
    with tenant_scope(tenant):
        assert not SecondFactor.objects.filter(user=ada).exists()
        assert not Session.objects.filter(user=ada).exists()
    with pytest.raises(CommandError, match="has no second factor"):
        call_command(*command)
