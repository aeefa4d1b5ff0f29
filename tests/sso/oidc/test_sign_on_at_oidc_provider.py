"""Signing on from end to end: this platform's pages, and a real, certified provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from rbac.models import RoleGrant, User
from sso.login_events.models import Outcome
from sso.oidc import selectors
from sso.oidc.models import OidcRequest, OidcSession, OidcTokens
from sso.oidc.protocol.tokens import TokenError
from sso.oidc.services.provider_client import ProviderClient
from sso.oidc.services.refreshing import work_off
from sso.oidc.services.session_tokens import replace_tokens
from sso.provisioning.models import Identity
from sso.provisioning.services.mappings import create_mapping
from tenants.context import tenant_scope
from tests.sso.oidc.oidc_provider import Browser, OidcProvider
from tests.sso.oidc.test_refreshing import kept, let_time_pass
from tests.sso.oidc.visitors import Visitor, configure, parameters_of, redirect_uri_of
from tests.sso.visitors import events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sso.oidc.models import OidcConfiguration
    from tenants.models import Tenant
    from tests.conftest import Person, Rivals

pytestmark = pytest.mark.needs("node")


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    """The provider."""
    server = OidcProvider()
    try:
        server.start()
        yield server
    finally:
        server.stop()


def trusting(
    tenant: Tenant, provider: OidcProvider, slug: str = "sso", **at_provider: Any
) -> OidcConfiguration:
    """Have a tenant and the provider know each other."""
    client = provider.register(redirect_uri_of(tenant, slug), **at_provider)
    method = at_provider.get("token_endpoint_auth_method", "client_secret_basic")
    return configure(
        tenant,
        slug,
        issuer=provider.issuer,
        client_id=client.client_id,
        client_secret=client.client_secret,
        client_authentication="client_secret" if method == "client_secret_basic" else method,
        signing_algorithm=at_provider.get("id_token_signed_response_alg", "RS256"),
        scopes=at_provider.get("scope", "openid profile email").split(),
    )


def test_somebody_signs_on_and_has_what_their_groups_give(
    tenant: Tenant, provider: OidcProvider, person: Person
) -> None:
    configuration = trusting(tenant, provider)
    with tenant_scope(tenant):
        create_mapping(
            provider_kind="oidc",
            provider_id=configuration.pk,
            actor=person(tenant, "admin"),
            username_attribute="preferred_username",
            email_attribute="email",
            groups_attribute="groups",
            role_sync="exact",
            group_roles=[{"group": "Engineers", "role": "system-engineer"}],
        )
    visitor = Visitor(tenant)
    begun = visitor.begin(next="/account/tokens/")
    assert parameters_of(begun)["code_challenge_method"] == "S256"
    answer = visitor.come_back(Browser(provider).follow(begun))
    assert (answer.status_code, answer["Location"]) == (302, "/account/tokens/")
    with tenant_scope(tenant):
        user = User.objects.get(pk=visitor.user_id())
        assert (user.username, user.email) == ("ada", "ada@example.com")
        assert RoleGrant.objects.get(user=user).role.key == "system-engineer"
        assert Identity.objects.get(user=user).subject == "ada"
        assert OidcSession.objects.get().session.by_provider
        assert not OidcRequest.objects.exists()
    event = events(tenant)[-1]
    assert (event.outcome, event.subject, event.user) == (Outcome.SIGNED_IN, "ada", user)
    assert "ada@example.com" in event.document


@pytest.mark.parametrize(
    "at_provider",
    [
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"token_endpoint_auth_method": "none"},
        {"id_token_signed_response_alg": "ES256"},
    ],
    ids=["client-secret-basic", "client-secret-post", "PKCE alone", "ES256"],
)
def test_clients_and_algorithms(
    tenant: Tenant, provider: OidcProvider, at_provider: dict[str, str]
) -> None:
    trusting(tenant, provider, **at_provider)
    visitor = Visitor(tenant)
    assert visitor.come_back(Browser(provider).follow(visitor.begin())).status_code == 302
    assert visitor.user_id()


def test_the_same_answer_is_refused_the_second_time(tenant: Tenant, provider: OidcProvider) -> None:
    trusting(tenant, provider)
    visitor = Visitor(tenant)
    url = Browser(provider).follow(visitor.begin())
    assert visitor.come_back(url).status_code == 302
    assert visitor.come_back(url).status_code == 403
    assert events(tenant)[-1].code == "unknown-state"


def test_an_answer_to_another_browser_is_refused(tenant: Tenant, provider: OidcProvider) -> None:
    trusting(tenant, provider)
    visitor, victim = Visitor(tenant), Visitor(tenant)
    url = Browser(provider).follow(visitor.begin())
    assert victim.come_back(url).status_code == 403
    assert events(tenant)[-1].code == "unsolicited-response"
    victim.begin()
    assert victim.come_back(url).status_code == 403
    assert events(tenant)[-1].code == "unknown-state"
    assert victim.user_id() is None
    assert visitor.come_back(url).status_code == 302


def test_a_stolen_code_is_worth_nothing_in_another_browser(
    tenant: Tenant, provider: OidcProvider
) -> None:
    """The provider asks for the verifier (PKCE), which only the browser that began can have."""
    trusting(tenant, provider)
    victim, thief = Visitor(tenant), Visitor(tenant)
    stolen = parameters_of(Browser(provider).follow(victim.begin()))
    own = parameters_of(thief.begin())
    query = urlencode({**stolen, "state": own["state"]})
    assert thief.come_back(f"{redirect_uri_of(tenant)}?{query}").status_code == 403
    assert (events(tenant)[-1].code, thief.user_id()) == ("token-error", None)
    assert "invalid_grant" in events(tenant)[-1].reason


def test_an_answer_for_one_tenant_is_refused_by_another(
    rivals: Rivals, provider: OidcProvider
) -> None:
    for tenant in rivals:
        trusting(tenant, provider)
    visitor, victim = Visitor(rivals.attacker), Visitor(rivals.victim)
    url = Browser(provider).follow(visitor.begin())
    victim.begin()
    assert victim.come_back(url).status_code == 403
    assert events(rivals.victim)[-1].code == "unknown-state"
    assert visitor.come_back(url).status_code == 302


def test_people_who_refuse_at_the_provider_are_told(tenant: Tenant, provider: OidcProvider) -> None:
    trusting(tenant, provider)
    visitor = Visitor(tenant)
    parameters = parameters_of(visitor.begin())
    url = f"{redirect_uri_of(tenant)}?error=access_denied&state={parameters['state']}"
    assert visitor.come_back(f"{url}&iss={provider.issuer}").status_code == 403
    assert events(tenant)[-1].code == "error-response"


def test_sessions_go_on_by_refresh_tokens_that_rotate(
    tenant: Tenant, provider: OidcProvider
) -> None:
    offline: dict[str, Any] = {
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "openid profile email offline_access",
    }
    trusting(tenant, provider, **offline)
    visitor = Visitor(tenant)
    assert visitor.come_back(Browser(provider).follow(visitor.begin())).status_code == 302
    first = kept(tenant)
    assert first.refresh_token
    let_time_pass(tenant)
    work_off(tenant)
    second = kept(tenant)
    assert second.refresh_token not in {"", first.refresh_token}
    assert visitor.user_id()
    # The first was used: shown again, it ends all that came of the sign-on.
    with tenant_scope(tenant):
        replace_tokens(OidcTokens.objects.get(), first, None)
    let_time_pass(tenant)
    work_off(tenant)
    assert (visitor.user_id(), events(tenant)[-1].code) == (None, "token-error")


def test_tokens_are_revoked_at_the_provider(tenant: Tenant, provider: OidcProvider) -> None:
    offline: dict[str, Any] = {
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "openid offline_access",
    }
    configuration = trusting(tenant, provider, **offline)
    visitor = Visitor(tenant)
    assert visitor.come_back(Browser(provider).follow(visitor.begin())).status_code == 302
    token = kept(tenant).refresh_token
    visitor.post("/logout/")
    work_off(tenant)
    with tenant_scope(tenant):
        client = ProviderClient(configuration)
        with pytest.raises(TokenError, match="invalid_grant"):
            client.refresh(client.metadata(), selectors.client(configuration), token)
