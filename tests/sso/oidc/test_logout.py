"""Signing out at the provider too, and logouts that the provider begins.

The cases of the OpenID Foundation's conformance plan go by their names there.
"""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections
from django.utils.http import urlencode

from sso.login_events.models import Outcome
from sso.oidc.models import OidcConfiguration, OidcRequest, OidcSession
from tenants.context import tenant_scope
from tenants.models import Tier
from tests.sso.oidc.provider_at_hand import (
    CLIENT_SECRET,
    Behaviour,
    corrupted,
    ec_key,
    hashed,
    rsa_key,
    unsigned,
)
from tests.sso.oidc.signing_on import signed_on, trust
from tests.sso.oidc.test_linking import led_to
from tests.sso.oidc.visitors import Visitor, configure, parameters_of
from tests.sso.visitors import events

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Rivals
    from tests.sso.oidc.provider_at_hand import ProviderAtHand
    from tests.throwaway import ThrowawayTenants

_BACKCHANNEL = "/sso/oidc/sso/backchannel-logout/"
_FRONTCHANNEL = "/sso/oidc/sso/frontchannel-logout/"
_ENTRA = "https://login.microsoftonline.com/0a1b2c3d-0000-4000-8000-000000000000/v2.0"
_HOUR = 3600


@pytest.fixture
def ada(tenant: Tenant, provider: ProviderAtHand) -> Visitor:
    """The browser of somebody who has signed on, in a session that the provider calls "one"."""
    trust(tenant, provider)
    return _browser(tenant, provider, sid="one")


def _browser(tenant: Tenant, provider: ProviderAtHand, **claims: str) -> Visitor:
    subject: dict[str, Any] = {"userinfo": {"sub": claims["sub"]}} if "sub" in claims else {}
    provider.behaviour = Behaviour(claims=claims, **subject)
    visitor = Visitor(tenant)
    assert signed_on(visitor, provider).status_code == 302
    provider.behaviour = Behaviour()
    return visitor


def _post(tenant: Tenant, token: str) -> Any:
    """What the platform answers to a provider's logout token."""
    return Visitor(tenant).post(_BACKCHANNEL, {"logout_token": token})


def _seen(visitor: Visitor) -> str:
    page: str = visitor.get("/login/").content.decode()
    return page


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "rp-backchannel-rpinitlogout-alg-none": ({"write": unsigned}, {}, "signature-algorithm"),
    "rp-backchannel-rpinitlogout-wrong-alg": (
        {"write": partial(hashed, secret=CLIENT_SECRET.encode())},
        {},
        "signature-algorithm",
    ),
    "rp-backchannel-rpinitlogout-no-event": ({}, {"events": None}, "logout-event-missing"),
    "rp-backchannel-rpinitlogout-wrong-event": (
        {},
        {"events": {"http://schemas.openid.net/event/another": {}}},
        "logout-event-missing",
    ),
    "rp-backchannel-rpinitlogout-with-nonce": ({}, {"nonce": "a-nonce"}, "logout-nonce"),
    "rp-backchannel-rpinitlogout-wrong-aud": ({}, {"aud": "another-client"}, "wrong-audience"),
    "rp-backchannel-rpinitlogout-wrong-iss": (
        {},
        {"iss": "https://other.example.com"},
        "wrong-issuer",
    ),
    "a list of events": ({}, {"events": ["backchannel-logout"]}, "logout-event-missing"),
    "a second audience": ({}, {"aud": ["platform", "other"]}, "wrong-audience"),
    "nobody": ({}, {"sub": None}, "wrong-subject"),
    "no jti": ({}, {"jti": None}, "logout-token-malformed"),
    "no iat": ({}, {"iat": None}, "wrong-issued-at"),
    "issued an hour ago": ({}, {"iat": -_HOUR}, "wrong-issued-at"),
    "issued in the future": ({}, {"iat": _HOUR}, "wrong-issued-at"),
    "expired": ({}, {"exp": -_HOUR}, "expired"),
    "an expiry of 401 digits": ({}, {"exp": 10**400}, "expired"),
    "another type": ({"header": {"typ": "at+jwt"}}, {}, "wrong-token-type"),
    "another's signature": ({"write": corrupted}, {}, "signature-invalid"),
    "another's key": (
        {
            "signing": rsa_key("attacker"),
            "published": [dict(rsa_key("first").as_dict(private=False))],
        },
        {},
        "unknown-key",
    ),
    "another algorithm": (
        {"signing": ec_key("first"), "header": {"alg": "ES256"}},
        {},
        "signature-algorithm",
    ),
    "no token": ({"write": lambda _: ""}, {}, "id-token-malformed"),
}


@pytest.mark.parametrize(("misbehaviour", "claims", "code"), REFUSED.values(), ids=REFUSED)
def test_logout_tokens_that_are_refused(
    tenant: Tenant,
    ada: Visitor,
    provider: ProviderAtHand,
    misbehaviour: dict[str, Any],
    claims: dict[str, Any],
    code: str,
) -> None:
    now = int(time.time())
    moved = {name: now + claims[name] for name in ("iat", "exp") if claims.get(name)}
    provider.behaviour = Behaviour(**misbehaviour)
    answer = _post(tenant, provider.logout_token(**{**claims, **moved}))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "no-store" in answer["Cache-Control"]
    assert (events(tenant)[-1].outcome, events(tenant)[-1].code) == (Outcome.REFUSED, code)
    assert ada.user_id()
    provider.behaviour = Behaviour()
    answer = _post(tenant, provider.logout_token())
    assert (answer.status_code, answer.content) == (200, b"")
    assert "no-store" in answer["Cache-Control"]
    assert ada.user_id() is None


@pytest.mark.parametrize(
    ("named", "ends"),
    [
        ({"sub": "ada"}, {"one", "two"}),
        ({"sub": None, "sid": "one"}, {"one"}),
        ({"sub": "ada", "sid": "two"}, {"two"}),
        ({"sub": "grace", "sid": "two"}, set()),
        ({"sub": "eve"}, set()),
        ({"sub": None, "sid": "three"}, set()),
    ],
)
def test_the_sessions_that_are_named_end_and_no_others(
    tenant: Tenant,
    ada: Visitor,
    provider: ProviderAtHand,
    named: dict[str, str | None],
    ends: set[str],
) -> None:
    visitors = {
        "one": ada,
        "two": _browser(tenant, provider, sid="two"),
        "grace": _browser(tenant, provider, sub="grace", sid="of grace"),
    }
    assert _post(tenant, provider.logout_token(**named)).status_code == 200
    assert {name for name, each in visitors.items() if each.user_id() is None} == ends
    assert events(tenant)[-1].reason == f"Sessions that ended: {len(ends)}."


def test_a_logout_token_is_used_once(
    tenant: Tenant, ada: Visitor, provider: ProviderAtHand
) -> None:
    token = provider.logout_token()
    assert _post(tenant, token).status_code == 200
    assert ada.user_id() is None
    again = _browser(tenant, provider, sid="one")
    assert _post(tenant, token).status_code == 400
    assert (events(tenant)[-1].code, again.user_id() is None) == ("used-before", False)


def test_a_token_without_a_type_is_taken(
    tenant: Tenant, ada: Visitor, provider: ProviderAtHand
) -> None:
    provider.behaviour = Behaviour(header={"typ": None})
    assert _post(tenant, provider.logout_token()).status_code == 200
    assert ada.user_id() is None


def test_an_id_token_signs_nobody_out(
    tenant: Tenant, ada: Visitor, provider: ProviderAtHand
) -> None:
    """Browsers see them, as ``id_token_hint``."""
    sent = parameters_of(led_to(ada.post("/logout/")))["id_token_hint"]
    other = _browser(tenant, provider, sid="two")
    assert _post(tenant, sent).status_code == 400
    assert other.user_id()


def test_one_tenants_logout_ends_nothing_at_another(
    rivals: Rivals, provider: ProviderAtHand
) -> None:
    for tenant in rivals:
        trust(tenant, provider)
    victim = _browser(rivals.victim, provider, sid="one")
    attacker = _browser(rivals.attacker, provider, sid="one")
    assert _post(rivals.attacker, provider.logout_token()).status_code == 200
    assert attacker.user_id() is None
    assert victim.user_id()


def test_logouts_are_limited(
    tenant: Tenant, ada: Visitor, provider: ProviderAtHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rbac.attempts.TRIES_FROM_NETWORK", 2)
    stranger = Visitor(tenant)
    wrong = {"logout_token": provider.logout_token(aud="another")}
    statuses = [stranger.post(_BACKCHANNEL, wrong).status_code for _ in range(4)]
    assert statuses == [400, 400, 429, 429]
    assert _post(tenant, provider.logout_token()).status_code == 200, "from elsewhere"
    assert ada.user_id() is None


def test_keys_that_cannot_be_had_are_no_fault_of_the_token(
    tenant: Tenant, ada: Visitor, provider: ProviderAtHand
) -> None:
    provider.behaviour = Behaviour(
        signing=rsa_key("second"), status={"/keys": "503 Service Unavailable"}
    )
    assert _post(tenant, provider.logout_token()).status_code == 503
    assert ada.user_id()


def test_only_posts_to_an_enabled_configuration_are_taken(tenant: Tenant, ada: Visitor) -> None:
    assert ada.get(_BACKCHANNEL).status_code == 405
    configure(tenant, "off", issuer="https://off.example.com", is_enabled=False)
    for slug in ("off", "unknown"):
        assert ada.post(f"/sso/oidc/{slug}/backchannel-logout/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "ends"),
    [
        ({}, True),
        ({"sid": "two"}, False),
        ({"sid": ""}, False),
        ({"iss": "https://other.example.com"}, False),
    ],
    ids=["right", "another session", "no session", "another issuer"],
)
def test_front_channel_logout(
    ada: Visitor, provider: ProviderAtHand, changes: dict[str, str], ends: bool
) -> None:
    query = urlencode({"iss": provider.issuer, "sid": "one", **changes})
    frame = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}
    # The provider's page frames it: no cookie of this site is sent.
    Visitor(ada.tenant).get(f"{_FRONTCHANNEL}?{query}", headers=frame)
    assert (ada.user_id() is None) is ends


@pytest.mark.parametrize(
    ("issuer", "query", "ends"),
    [
        (_ENTRA, {"sid": "one"}, True),
        (_ENTRA, {"sid": "two"}, False),
        (_ENTRA, {"sid": "one", "iss": "https://other.example.com"}, False),
        ("https://sso.example.com", {"sid": "one"}, False),
    ],
    ids=["right", "another session", "another issuer", "another product"],
)
def test_entra_names_the_session_without_an_issuer(
    ada: Visitor, issuer: str, query: dict[str, str], ends: bool
) -> None:
    with tenant_scope(ada.tenant):
        OidcConfiguration.objects.update(issuer=issuer)
    Visitor(ada.tenant).get(f"{_FRONTCHANNEL}?{urlencode(query)}")
    assert (ada.user_id() is None) is ends


def test_front_channel_logout_is_for_frames(ada: Visitor, provider: ProviderAtHand) -> None:
    image = {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
    query = urlencode({"iss": provider.issuer, "sid": "one"})
    assert ada.get(f"{_FRONTCHANNEL}?{query}", headers=image).status_code == 403
    assert ada.user_id()


def test_rp_init_logout(tenant: Tenant, ada: Visitor, provider: ProviderAtHand) -> None:
    url = led_to(ada.post("/logout/"))
    sent = parameters_of(url)
    assert url.startswith(f"{provider.issuer}/logout?")
    assert sent["client_id"] == "platform"
    assert sent["id_token_hint"].count(".") == 2
    assert ada.user_id() is None
    back = ada.come_back(f"{sent['post_logout_redirect_uri']}?state={sent['state']}")
    assert back["Location"] == "/login/"
    assert "You have signed out, here and at Sso." in _seen(ada)
    with tenant_scope(tenant):
        assert not OidcSession.objects.exists()
        assert not OidcRequest.objects.exists()


def test_an_id_token_too_long_for_an_address_is_left_out(
    tenant: Tenant, provider: ProviderAtHand
) -> None:
    """Of somebody in hundreds of groups; the provider asks them instead."""
    trust(tenant, provider)
    ada = _browser(tenant, provider, sid="one", groups="a" * 8_000)
    url = led_to(ada.post("/logout/"))
    assert len(url) < 1_000
    assert {"client_id", "post_logout_redirect_uri", "state"} == parameters_of(url).keys()


@pytest.mark.parametrize(
    "query", ["", "?state=another"], ids=["rp-init-logout-no-state", "rp-init-logout-other-state"]
)
def test_nobody_reads_that_the_provider_has_ended_anything(
    tenant: Tenant, ada: Visitor, query: str
) -> None:
    sent = parameters_of(led_to(ada.post("/logout/")))
    at = sent["post_logout_redirect_uri"]
    assert ada.come_back(f"{at}{query}").status_code == 403
    assert events(tenant)[-1].code == "unknown-state"
    assert Visitor(tenant).come_back(f"{at}?state={sent['state']}").status_code == 403
    assert ada.come_back(f"{at}?state={sent['state']}").status_code == 302
    assert ada.come_back(f"{at}?state={sent['state']}").status_code == 403, "it was used"


def test_the_answer_to_a_logout_signs_nobody_on(ada: Visitor, tenant: Tenant) -> None:
    state = parameters_of(led_to(ada.post("/logout/")))["state"]
    assert ada.get(f"/sso/oidc/sso/callback/?state={state}&code=a").status_code == 403
    assert events(tenant)[-1].code == "unknown-state"


def test_a_sign_on_that_was_begun_before_ends_with_the_sign_out(
    tenant: Tenant, ada: Visitor, provider: ProviderAtHand
) -> None:
    """On a shared computer, nobody goes on where the one before has left."""
    other = Visitor(tenant)
    held_back = provider.authorize(other.begin())
    ada.cookies["__Host-oidc"] = other.cookies["__Host-oidc"].value
    ada.post("/logout/")
    assert ada.come_back(held_back).status_code == 403
    assert other.come_back(held_back).status_code == 302


@pytest.mark.parametrize(
    "behaviour",
    [
        {"discovery": {"end_session_endpoint": None}},
        {"status": {"/.well-known/openid-configuration": "503 Service Unavailable"}},
    ],
    ids=["has no place for it", "down"],
)
def test_where_the_provider_cannot_they_are_signed_out_here(
    tenant: Tenant, ada: Visitor, provider: ProviderAtHand, behaviour: dict[str, Any]
) -> None:
    with tenant_scope(tenant):  # what was discovered before counts no more
        OidcConfiguration.objects.update(revision=2)
    provider.behaviour = Behaviour(**behaviour)
    assert ada.post("/logout/")["Location"] == "/login/"
    assert ada.user_id() is None
    assert "You may still be signed in at Sso." in _seen(ada)


@pytest.mark.parametrize("tier", [Tier.STANDARD, Tier.ENTERPRISE])
def test_of_one_token_that_comes_twice_at_once_one_is_taken(
    committed_tenants: ThrowawayTenants, provider: ProviderAtHand, tier: str
) -> None:
    here = committed_tenants(tier)
    trust(here, provider)
    ada = _browser(here, provider, sid="one")
    token, ready = provider.logout_token(), threading.Barrier(2)
    statuses: list[int] = []

    def run() -> None:
        ready.wait(30)
        try:
            statuses.append(_post(here, token).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(statuses) == [200, 400]
    assert ada.user_id() is None
