"""Testing a configuration: every rule is asked, and nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rbac.models import User
from rbac.services.users import create_user, update_user
from sso.login_events.models import Outcome
from sso.oidc.models import OidcSession
from sso.provisioning.models import Identity
from tenants.context import tenant_scope
from tests.admin_client import AdminClient, address_of
from tests.conftest import ACTOR
from tests.sso.oidc.provider_at_hand import Behaviour
from tests.sso.oidc.signing_on import trust
from tests.sso.oidc.test_linking import led_to
from tests.sso.oidc.visitors import Visitor
from tests.sso.visitors import events

if TYPE_CHECKING:
    from sso.oidc.models import OidcConfiguration
    from tenants.models import Tenant
    from tests.sso.oidc.provider_at_hand import ProviderAtHand


@pytest.fixture
def configuration(tenant: Tenant, provider: ProviderAtHand) -> OidcConfiguration:
    """One that nobody can sign on by yet."""
    return trust(tenant, provider, is_enabled=False)


@pytest.fixture
def root(tenant: Tenant) -> User:
    """An admin."""
    with tenant_scope(tenant):
        return create_user(username="root", roles=["admin"], actor=ACTOR)


@pytest.fixture
def tester(tenant: Tenant, root: User) -> Visitor:
    """Their browser."""
    visitor = Visitor(tenant)
    visitor.cookies.update(AdminClient(tenant, root).cookies)
    return visitor


def begun(tester: Visitor, configuration: OidcConfiguration) -> str:
    return led_to(tester.post(address_of(configuration, "test")))


@pytest.mark.parametrize(
    ("claims", "code"),
    [({}, ""), ({"nonce": "another"}, "wrong-nonce")],
    ids=["good", "bad"],
)
def test_a_test_tells_what_a_sign_on_would_do_and_does_none_of_it(
    tenant: Tenant,
    configuration: OidcConfiguration,
    tester: Visitor,
    root: User,
    provider: ProviderAtHand,
    claims: dict[str, str],
    code: str,
) -> None:
    provider.behaviour = Behaviour(claims=claims)
    url = provider.authorize(begun(tester, configuration))
    answer = tester.come_back(url)
    event = events(tenant)[-1]
    assert (event.outcome, event.code, event.user) == (Outcome.TESTED, code, None)
    assert answer["Location"] == address_of(event)
    assert tester.user_id() == str(root.pk)
    with tenant_scope(tenant):
        assert not Identity.objects.exists()
        assert not OidcSession.objects.exists()
        assert not User.objects.filter(username="ada").exists()
    # It is spent, and nobody signs on while the configuration is switched off.
    assert tester.come_back(url).status_code == 404
    assert Visitor(tenant).get("/sso/oidc/sso/login/").status_code == 404
    assert (event.report or {}).get("email") == (None if code else "ada@example.com")


def test_whoever_is_no_admin_any_more_is_told_nothing(
    tenant: Tenant,
    configuration: OidcConfiguration,
    tester: Visitor,
    root: User,
    provider: ProviderAtHand,
) -> None:
    url = provider.authorize(begun(tester, configuration))
    with tenant_scope(tenant):
        create_user(username="other-root", roles=["admin"], actor=ACTOR)
        update_user(root, actor=ACTOR, changes={"is_active": False})
    tester.come_back(url)
    assert "/token" not in provider.asked
