"""A tenant can require second factors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pyotp
import pytest

from sso.second_factors.errors import SecondFactorRequired
from sso.second_factors.models import SecondFactor
from sso.second_factors.services.factors import remove_factor
from sso.sign_in.services.policies import set_sign_in_policy
from tenants.context import tenant_scope
from tests.admin_client import AdminClient
from tests.conftest import ACTOR
from tests.sso.sign_in.signing_in import sign_in

if TYPE_CHECKING:
    from rbac.models import User
    from tenants.models import Tenant

SET_UP = "/login/second-factor/set-up/"


def require(tenant: Tenant) -> None:
    with tenant_scope(tenant):
        set_sign_in_policy(requires_second_factor=True, actor=ACTOR)


def test_whoever_has_none_sets_one_up_before_they_are_in(tenant: Tenant, ada: User) -> None:
    before = AdminClient(tenant)
    sign_in(before, ada.username)
    assert before.get("/account/").status_code == 200
    require(tenant)
    assert before.get("/account/").status_code == 302  # its session has ended
    client: Any = AdminClient(tenant)
    assert sign_in(client, ada.username).url == "/login/second-factor/"
    assert client.get("/login/second-factor/").url == SET_UP
    page = client.get(SET_UP).content.decode()
    assert client.get("/account/").status_code == 302
    key = re.search(r"<code class=\"secret\">([A-Z2-7]{32})<", page)
    assert key is not None
    app = pyotp.TOTP(key[1])
    assert client.post(SET_UP, {"code": "000000"}).status_code == 200
    assert client.get("/account/").status_code == 302
    assert client.post(SET_UP, {"code": app.now()}).status_code == 302
    assert client.get("/account/").status_code == 200


def test_a_password_alone_sets_no_second_factor_up_where_there_is_one(
    tenant: Tenant, ada: User, app: pyotp.TOTP
) -> None:
    del app
    require(tenant)
    client: Any = AdminClient(tenant)
    sign_in(client, ada.username)
    assert client.get(SET_UP).url == "/login/second-factor/"
    assert client.post(SET_UP, {"code": "000000"}).url == "/login/second-factor/"


def test_the_last_one_stays_while_it_is_required(
    tenant: Tenant, ada: User, app: pyotp.TOTP
) -> None:
    del app
    require(tenant)
    with tenant_scope(tenant):
        factor = SecondFactor.objects.get(user=ada)
        with pytest.raises(SecondFactorRequired):
            remove_factor(factor, actor=ada)
        # An admin can, as somebody may have lost it.
        remove_factor(factor, actor=ACTOR)
        assert not SecondFactor.objects.filter(user=ada).exists()
