"""People link an identity to themselves, in a session of theirs and in the browser of it."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest

from rbac.attempts import Attempt, TooManyAttempts
from sso.login_events.models import Outcome
from sso.oidc.models import OidcConfiguration, OidcRequest
from sso.provisioning.models import Identity
from sso.provisioning.services.identities import link_identity
from sso.sign_in.models import Session
from tenants.context import tenant_scope
from tests.sso.oidc.provider_at_hand import Behaviour
from tests.sso.oidc.signing_on import signed_on, trust
from tests.sso.oidc.visitors import Visitor, parameters_of
from tests.sso.sign_in.signing_in import PASSWORD, sign_in
from tests.sso.visitors import events

if TYPE_CHECKING:
    from rbac.models import User
    from sso.provisioning.external import ExternalIdentity
    from tenants.models import Tenant
    from tests.conftest import Person
    from tests.sso.oidc.provider_at_hand import ProviderAtHand

PAGE = "/account/identities/"


def led_to(page: Any) -> str:
    """Where a page leads that is the answer to a form of ours."""
    found = re.search(r'href="(https://[^"]+)"', page.content.decode())
    assert found is not None, page
    return html.unescape(found[1])


@pytest.fixture
def vic(tenant: Tenant, person: Person) -> User:
    """Somebody who was created with a password."""
    return person(tenant, "viewer", "vic", password=PASSWORD)


@pytest.fixture
def owner(tenant: Tenant, vic: User, provider: ProviderAtHand) -> Visitor:
    """Their browser, at a tenant that trusts the provider."""
    trust(tenant, provider)
    visitor = Visitor(tenant)
    assert sign_in(visitor, vic.username).status_code == 302
    return visitor


def begun(owner: Visitor, password: str = PASSWORD) -> Any:
    return owner.post("/sso/oidc/sso/link/", {"current": password})


def test_somebody_links_an_identity_and_signs_on_by_it(
    tenant: Tenant, owner: Visitor, vic: User, provider: ProviderAtHand
) -> None:
    asked = led_to(begun(owner))
    assert parameters_of(asked)["prompt"] == "login"
    assert owner.come_back(provider.authorize(asked))["Location"] == PAGE
    assert (events(tenant)[-1].outcome, events(tenant)[-1].user) == (Outcome.LINKED, vic)
    other = Visitor(tenant)
    assert signed_on(other, provider).status_code == 302
    assert other.user_id() == str(vic.pk)


def test_without_the_current_password_nothing_begins(tenant: Tenant, owner: Visitor) -> None:
    assert begun(owner, "a-guess")["Location"] == PAGE
    with tenant_scope(tenant):
        assert not OidcRequest.objects.exists()


def test_whoever_signs_on_too_often_links_nothing(
    tenant: Tenant, owner: Visitor, provider: ProviderAtHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_often(*_: Any, **__: Any) -> Attempt:
        raise TooManyAttempts(1)

    url = provider.authorize(led_to(begun(owner)))
    with monkeypatch.context() as patched:
        patched.setattr("rbac.attempts.Attempt.at", too_often)
        assert owner.come_back(url).status_code == 429
    with tenant_scope(tenant):
        assert not Identity.objects.exists()
    assert owner.come_back(provider.authorize(led_to(begun(owner))))["Location"] == PAGE
    with tenant_scope(tenant):
        assert Identity.objects.count() == 1


@pytest.mark.parametrize("proved", [None, 1_000_000_000])
def test_whoever_proved_nothing_anew_links_nothing(
    tenant: Tenant, owner: Visitor, provider: ProviderAtHand, proved: int | None
) -> None:
    """Whoever sits there can take ``prompt`` and ``max_age`` out of the address."""
    provider.behaviour = Behaviour(claims={"auth_time": proved})
    assert owner.come_back(provider.authorize(led_to(begun(owner)))).status_code == 403
    assert events(tenant)[-1].code == "wrong-authentication-time"
    with tenant_scope(tenant):
        assert not Identity.objects.exists()
    assert signed_on(Visitor(tenant), provider).status_code == 302, "for a sign-on it is no matter"


@pytest.mark.parametrize(
    "changes", [{"is_enabled": False}, {"issuer": "https://other.example.com"}, {}]
)
def test_a_configuration_that_changes_while_it_links_links_nothing(
    owner: Visitor,
    tenant: Tenant,
    provider: ProviderAtHand,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
) -> None:
    def meanwhile(external: ExternalIdentity, **given: Any) -> Identity:
        if changes:
            OidcConfiguration.objects.update(**changes)
        return link_identity(external, **given)

    monkeypatch.setattr("sso.federation.linking.link_identity", meanwhile)
    owner.come_back(provider.authorize(led_to(begun(owner))))
    with tenant_scope(tenant):
        assert Identity.objects.exists() is not bool(changes)


def test_another_browser_cannot_finish_it(
    tenant: Tenant, owner: Visitor, provider: ProviderAtHand
) -> None:
    url = provider.authorize(led_to(begun(owner)))
    other = Visitor(tenant)
    other.begin()
    assert other.come_back(url).status_code == 403
    with tenant_scope(tenant):
        assert not Identity.objects.exists()
    assert owner.come_back(url)["Location"] == PAGE


def test_it_ends_with_the_session_in_which_it_began(
    tenant: Tenant, owner: Visitor, provider: ProviderAtHand
) -> None:
    url = provider.authorize(led_to(begun(owner)))
    with tenant_scope(tenant):
        Session.objects.all().end()
    assert owner.come_back(url).status_code == 403
    assert events(tenant)[-1].code == "unsolicited-response"
