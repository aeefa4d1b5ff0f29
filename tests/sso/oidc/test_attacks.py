"""What a provider, a browser or somebody between them may try beyond the conformance plan."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from sso.oidc.models import OidcConfiguration, OidcRequest, OidcSession
from sso.oidc.protocol.requests import AuthorizationRequest
from sso.oidc.services.configurations import update_oidc_configuration
from sso.oidc.services.provider_client import PROVIDER_CALLS
from sso.provisioning.models import Identity
from sso.provisioning.services.sign_on import SignedOn, sign_on
from sso.sign_in.models import Session
from tenants.context import tenant_scope
from tests.conftest import ACTOR
from tests.sso.oidc.provider_at_hand import Behaviour, ec_key, extended, rsa_key
from tests.sso.oidc.signing_on import signed_on, trust
from tests.sso.oidc.visitors import COOKIE, Visitor, configure, parameters_of, redirect_uri_of
from tests.sso.visitors import events

if TYPE_CHECKING:
    from sso.provisioning.external import ExternalIdentity
    from tenants.models import Tenant
    from tests.sso.oidc.provider_at_hand import ProviderAtHand

_NOW = int(time.time())
_ATTACKER = rsa_key("attacker")
_PUBLIC = dict(_ATTACKER.as_dict(private=False))
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a second audience": ({"claims": {"aud": ["platform", "other"]}}, "wrong-audience"),
    "no audience": ({"claims": {"aud": []}}, "wrong-audience"),
    "another authorized party": ({"claims": {"azp": "other"}}, "wrong-authorized-party"),
    "no expiry": ({"claims": {"exp": None}}, "expired"),
    "expired": ({"claims": {"exp": _NOW - 3600}}, "expired"),
    "an expiry that is no number": ({"claims": {"exp": "never"}}, "expired"),
    "half a surrogate pair": ({"claims": {"amr": ["\ud800"]}}, "id-token-malformed"),
    "an expiry beyond all time": ({"claims": {"exp": 10**30}}, "expired"),
    "an expiry of 401 digits": ({"claims": {"exp": 10**400}}, "expired"),
    "an endless expiry": ({"claims": {"exp": float("inf")}}, "expired"),
    "an expiry that is not a number": ({"claims": {"exp": float("nan")}}, "expired"),
    "issued in 401 digits": ({"claims": {"iat": 10**400}}, "wrong-issued-at"),
    "valid from 401 digits on": ({"claims": {"nbf": -(10**400)}}, "not-yet-valid"),
    "issued before it was asked for": ({"claims": {"iat": _NOW - 3600}}, "wrong-issued-at"),
    "issued in the future": ({"claims": {"iat": _NOW + 3600}}, "wrong-issued-at"),
    "not valid yet": ({"claims": {"nbf": _NOW + 3600}}, "not-yet-valid"),
    "no nonce": ({"claims": {"nonce": None}}, "wrong-nonce"),
    "a subject that is a list": ({"claims": {"sub": ["ada"]}}, "wrong-subject"),
    "a subject of 256 characters": ({"claims": {"sub": "a" * 256}}, "wrong-subject"),
    "a key in the header": (
        {"signing": _ATTACKER, "published": [], "header": {"jwk": _PUBLIC, "kid": None}},
        "unknown-key",
    ),
    "a key at a URL in the header": (
        {"signing": _ATTACKER, "published": [], "header": {"jku": "https://a.example/"}},
        "unknown-key",
    ),
    "an attacker's key under a known name": (
        {
            "signing": _ATTACKER,
            "published": [dict(rsa_key("first").as_dict(private=False))],
            "header": {"kid": "first", "jwk": _PUBLIC},
        },
        "signature-invalid",
    ),
    "a key for encryption": (
        {"published": [{**rsa_key("first").as_dict(private=False), "use": "enc"}]},
        "unknown-key",
    ),
    "another algorithm": (
        {"signing": ec_key("first"), "header": {"alg": "ES256"}},
        "signature-algorithm",
    ),
    "an extension that must be understood": ({"write": extended}, "critical-header"),
    "a token that is none": ({"write": lambda _: "no.token"}, "id-token-malformed"),
    "an endless token": ({"write": lambda _: "a" * 70_000}, "id-token-malformed"),
    "no ID token": ({"tokens": {"id_token": None}}, "token-response"),
    "an access token with a line break": (
        {"tokens": {"access_token": "a\r\nX-Injected: b"}},
        "token-response",
    ),
    "another type of token": ({"tokens": {"token_type": "mac"}}, "token-response"),
    "another issuer in the response": (
        {"response": {"iss": "https://other.example.com"}},
        "wrong-response-issuer",
    ),
    "no issuer in the response, which it promises": (
        {"response": {"iss": None}},
        "wrong-response-issuer",
    ),
    "no code": ({"response": {"code": None}}, "response-parameters"),
    "an error": ({"response": {"error": "access_denied"}}, "error-response"),
    "a token endpoint that refuses": (
        {"status": {"/token": "400 Bad Request"}, "body": {"/token": b'{"error":"invalid_grant"}'}},
        "token-error",
    ),
    "a token endpoint that leads elsewhere": (
        {"status": {"/token": "302 Found"}, "body": {"/token": b""}},
        "token-error",
    ),
    "userinfo that fails": ({"status": {"/userinfo": "500 Oops"}}, "provider-unreachable"),
    "userinfo that is no JSON": ({"body": {"/userinfo": b"ey.J.x"}}, "userinfo"),
    "userinfo of 5 MB": ({"body": {"/userinfo": b" " * 5_000_000}}, "userinfo"),
    "a member twice": ({"body": {"/userinfo": b'{"sub":"eve","sub":"ada"}'}}, "userinfo"),
    "keys that are no keys": ({"body": {"/keys": b'{"keys":{}}'}}, "keys"),
}
_UNREACHABLE = {"provider-unreachable"}


@pytest.mark.parametrize(("misbehaviour", "code"), REFUSED.values(), ids=REFUSED)
def test_refused(
    acme: Tenant, provider: ProviderAtHand, misbehaviour: dict[str, Any], code: str
) -> None:
    trust(acme, provider)
    provider.behaviour = Behaviour(**misbehaviour)
    visitor = Visitor(acme)
    answer = signed_on(visitor, provider)
    assert events(acme)[-1].code == code
    assert answer.status_code == (503 if code in _UNREACHABLE else 403)
    with tenant_scope(acme):
        assert not Identity.objects.exists()
        assert not OidcSession.objects.exists()
    assert visitor.user_id() is None


@pytest.mark.parametrize(
    "behaviour",
    [
        {"claims": {"aud": ["platform"], "azp": "platform"}},
        {"claims": {"at_hash": None}},
        {"claims": {"exp": _NOW + 3600.5, "nbf": _NOW - 10}},
        {"header": {"jku": "https://a.example/", "x5u": "https://a.example/"}},
        {"published": [{"kty": "OKP"}, {}, dict(rsa_key("first").as_dict(private=False))]},
        {"published": [dict(rsa_key("weak", 1024).as_dict(private=False)),
                       dict(rsa_key("first").as_dict(private=False))]},
        {"discovery": {"userinfo_endpoint": None}},
    ],
)  # fmt: skip
def test_taken(acme: Tenant, provider: ProviderAtHand, behaviour: dict[str, Any]) -> None:
    trust(acme, provider)
    provider.behaviour = Behaviour(**behaviour)
    assert signed_on(Visitor(acme), provider).status_code == 302


def test_a_weak_key_is_none(acme: Tenant, provider: ProviderAtHand) -> None:
    trust(acme, provider)
    provider.behaviour = Behaviour(signing=rsa_key("weak", 1024))
    assert signed_on(Visitor(acme), provider).status_code == 403
    assert events(acme)[-1].code == "keys"


def test_other_algorithms_are_taken_where_they_are_configured(
    acme: Tenant, provider: ProviderAtHand
) -> None:
    trust(acme, provider, signing_algorithm="ES256")
    provider.behaviour = Behaviour(
        signing=ec_key("curve"), header={"alg": "ES256"}, claims={"at_hash": None}
    )
    assert signed_on(Visitor(acme), provider).status_code == 302
    provider.behaviour = Behaviour()
    assert signed_on(Visitor(acme), provider).status_code == 403
    assert events(acme)[-1].code == "signature-algorithm"


def test_endpoints_off_https_are_refused(acme: Tenant, provider: ProviderAtHand) -> None:
    trust(acme, provider)
    for url in ("http://127.0.0.1/token", "ftp://a.example/", "https://user@a.example/", "token"):
        provider.behaviour = Behaviour(discovery={"token_endpoint": url})
        assert Visitor(acme).get("/sso/oidc/sso/login/").status_code == 403
        assert events(acme)[-1].code == "discovery"


def test_a_response_with_a_parameter_twice_is_refused(
    acme: Tenant, provider: ProviderAtHand
) -> None:
    trust(acme, provider)
    visitor = Visitor(acme)
    url = provider.authorize(visitor.begin())
    assert visitor.come_back(f"{url}&code=another").status_code == 403
    assert events(acme)[-1].code == "response-parameters"
    assert visitor.come_back(url).status_code == 302


def test_an_answer_at_another_configuration_is_refused(
    acme: Tenant, provider: ProviderAtHand
) -> None:
    """Mix-up: one provider's answer is brought to where another's is expected."""
    trust(acme, provider)
    configure(acme, "other", issuer="https://other.example.com")
    visitor = Visitor(acme)
    url = provider.authorize(visitor.begin())
    elsewhere = url.replace("/sso/oidc/sso/", "/sso/oidc/other/")
    assert visitor.come_back(elsewhere).status_code == 403
    assert events(acme)[-1].code == "unknown-state"
    assert visitor.come_back(url).status_code == 302


def test_an_answer_without_a_sign_on_ends_nobodys_session(
    acme: Tenant, provider: ProviderAtHand
) -> None:
    trust(acme, provider)
    visitor = Visitor(acme)
    assert signed_on(visitor, provider).status_code == 302
    user = visitor.user_id()
    for query in ("", "?error=access_denied", "?code=a&state=b"):
        assert visitor.get(f"/sso/oidc/sso/callback/{query}").status_code == 403
    assert visitor.user_id() == user


def test_an_old_request_is_answered_no_more(acme: Tenant, provider: ProviderAtHand) -> None:
    trust(acme, provider)
    visitor = Visitor(acme)
    url = provider.authorize(visitor.begin())
    with tenant_scope(acme):
        OidcRequest.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert visitor.come_back(url).status_code == 403
    assert events(acme)[-1].code == "unknown-state"


def test_nothing_of_a_request_is_kept_that_its_answer_needs(
    acme: Tenant, provider: ProviderAtHand
) -> None:
    """Whoever reads the database can neither finish a sign-on nor forge one."""
    trust(acme, provider)
    visitor = Visitor(acme)
    sent = parameters_of(visitor.begin())
    secret = visitor.cookies[COOKIE].value
    own = AuthorizationRequest.derive(secret, sent["state"])
    assert own.nonce == sent["nonce"]
    with tenant_scope(acme):
        [row] = OidcRequest.objects.values_list()
    kept = " ".join(map(str, row))
    for hidden in (secret, own.state, own.nonce, own.code_verifier, own.code_challenge):
        assert hidden not in kept


def test_a_page_of_this_host_alone_is_led_to(acme: Tenant, provider: ProviderAtHand) -> None:
    trust(acme, provider)
    for wanted in ("https://evil.example.com/", "//evil.example.com/", "/sso/oidc/sso/login/"):
        answer = signed_on(Visitor(acme), provider, next=wanted)
        assert "evil" not in answer["Location"]
        assert "oidc" not in answer["Location"]


def test_sessions_end_with_the_trust_in_their_provider(
    acme: Tenant, provider: ProviderAtHand
) -> None:
    configuration = trust(acme, provider)
    for changes in ({"is_enabled": False}, {"issuer": "https://other.example.com"}):
        visitor = Visitor(acme)
        assert signed_on(visitor, provider).status_code == 302
        with tenant_scope(acme):
            update_oidc_configuration(configuration, actor=ACTOR, changes=changes)
            assert not Session.objects.filter(oidc_sessions__isnull=False).exists()
            restored = {"is_enabled": True, "issuer": provider.issuer}
            update_oidc_configuration(configuration, actor=ACTOR, changes=restored)
        assert visitor.user_id() is None


def test_a_configuration_that_changes_meanwhile_signs_nobody_on(
    acme: Tenant, provider: ProviderAtHand
) -> None:
    configuration = trust(acme, provider)
    visitor = Visitor(acme)
    url = provider.authorize(visitor.begin())
    with tenant_scope(acme):
        update_oidc_configuration(configuration, actor=ACTOR, changes={"is_enabled": False})
    assert visitor.come_back(url).status_code == 404
    assert visitor.user_id() is None


@pytest.mark.parametrize(("sent", "code"), [("example.com", ""), (None, "wrong-hosted-domain")])
def test_only_people_of_the_hosted_domain_come_in(
    acme: Tenant, provider: ProviderAtHand, sent: str | None, code: str
) -> None:
    trust(acme, provider)
    with tenant_scope(acme):  # Google alone can have one, and cannot be here
        OidcConfiguration.objects.update(hosted_domain="example.com")
    provider.behaviour = Behaviour(claims={"hd": sent})
    visitor = Visitor(acme)
    signed_on(visitor, provider)
    assert (events(acme)[-1].code, visitor.user_id() is None) == (code, bool(code))


@pytest.mark.parametrize("page", ["login", "callback"])
def test_what_a_page_of_another_site_loads_counts_for_nothing(
    acme: Tenant, provider: ProviderAtHand, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setattr("rbac.attempts.TRIES_FROM_NETWORK", 2)
    trust(acme, provider)
    visitor = Visitor(acme)
    for _ in range(4):
        loaded = visitor.get(f"/sso/oidc/sso/{page}/", headers={"sec-fetch-mode": "no-cors"})
        assert loaded.status_code == 403
    with tenant_scope(acme):
        assert not OidcRequest.objects.exists()
    assert signed_on(visitor, provider).status_code == 302


@pytest.mark.parametrize(
    "changes", [{"is_enabled": False}, {"issuer": "https://other.example.com"}, {}]
)
def test_what_changes_between_the_verification_and_the_session_counts(
    acme: Tenant,
    provider: ProviderAtHand,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
) -> None:
    configuration = trust(acme, provider)

    def meanwhile(external: ExternalIdentity) -> SignedOn:
        update_oidc_configuration(configuration, actor=ACTOR, changes=changes)
        return sign_on(external)

    monkeypatch.setattr("sso.federation.responses.sign_on", meanwhile)
    visitor = Visitor(acme)
    signed_on(visitor, provider)
    signed_in = visitor.user_id() is not None
    assert (signed_in, events(acme)[-1].code) == (
        not changes,
        "configuration-changed" if changes else "",
    )


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/userinfo"])
def test_an_address_that_is_not_there_is_no_matter_of_a_moment(
    acme: Tenant, provider: ProviderAtHand, path: str
) -> None:
    trust(acme, provider)
    provider.behaviour = Behaviour(status={path: "404 Not Found"})
    visitor = Visitor(acme)
    answer = visitor.get("/sso/oidc/sso/login/")
    if answer.status_code == 302:
        answer = visitor.come_back(provider.authorize(answer["Location"]))
    assert answer.status_code == 403
    assert "answered 404" in events(acme)[-1].reason


@pytest.mark.parametrize("path", ["/token", "/keys", "/userinfo"])
def test_a_provider_that_says_nothing_is_not_waited_for(
    acme: Tenant, provider: ProviderAtHand, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("sso.oidc.services.provider_client._SECONDS", 0.3)
    trust(acme, provider)
    provider.behaviour = Behaviour(silent=frozenset({path}))
    began = time.monotonic()
    assert signed_on(Visitor(acme), provider).status_code == 503
    assert time.monotonic() - began < 5
    assert events(acme)[-1].code == "provider-unreachable"
    provider.behaviour = Behaviour()
    monkeypatch.undo()
    assert signed_on(Visitor(acme), provider).status_code == 302


def test_who_cannot_be_waited_for_is_told_so(acme: Tenant, provider: ProviderAtHand) -> None:
    trust(acme, provider)
    visitor = Visitor(acme)
    url = provider.authorize(visitor.begin())
    with PROVIDER_CALLS.taken(acme.pk), PROVIDER_CALLS.taken(acme.pk):
        assert visitor.come_back(url).status_code == 429
    assert visitor.come_back(url).status_code == 302, "its request is still there"


def test_an_address_that_the_provider_does_not_vouch_for_is_none(
    acme: Tenant, provider: ProviderAtHand
) -> None:
    trust(acme, provider)
    provider.behaviour = Behaviour(userinfo={"email_verified": False})
    assert signed_on(Visitor(acme), provider).status_code == 302
    with tenant_scope(acme):
        assert Identity.objects.get().user.email == ""


def test_the_redirect_uri_is_the_tenants_own(acme: Tenant, provider: ProviderAtHand) -> None:
    trust(acme, provider)
    asked = parameters_of(Visitor(acme).begin())
    assert asked["redirect_uri"] == redirect_uri_of(acme)
    assert asked["code_challenge_method"] == "S256"
