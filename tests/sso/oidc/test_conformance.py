"""The relying party's cases of the OpenID Foundation's conformance plan that concern a sign-on.

Each goes by its name there (``oidcc-client-test-…``). Beside each refusal, the same provider signs
the same person on as soon as it behaves.
"""

from __future__ import annotations

from base64 import b64encode
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import pytest

from sso.oidc.models import OidcSession
from sso.provisioning.models import Identity
from tenants.context import tenant_scope
from tests.sso.oidc.provider_at_hand import (
    CLIENT_ID,
    CLIENT_SECRET,
    Behaviour,
    corrupted,
    hashed,
    rsa_key,
    unsigned,
)
from tests.sso.oidc.signing_on import signed_on, trust
from tests.sso.oidc.visitors import Visitor
from tests.sso.visitors import events

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.sso.oidc.provider_at_hand import ProviderAtHand

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "invalid-iss": ({"claims": {"iss": "https://other.example.com"}}, "wrong-issuer"),
    "missing-sub": ({"claims": {"sub": None}}, "wrong-subject"),
    "invalid-aud": ({"claims": {"aud": "another-client"}}, "wrong-audience"),
    "missing-aud": ({"claims": {"aud": None}}, "wrong-audience"),
    "missing-iat": ({"claims": {"iat": None}}, "wrong-issued-at"),
    "idtoken-sig-none": ({"write": unsigned}, "signature-algorithm"),
    "invalid-sig-rs256": ({"write": corrupted}, "signature-invalid"),
    "invalid-sig-hs256": (
        {"write": partial(hashed, secret=CLIENT_SECRET.encode())},
        "signature-algorithm",
    ),
    "userinfo-invalid-sub": ({"userinfo": {"sub": "eve"}}, "userinfo-wrong-subject"),
    "nonce-invalid": ({"claims": {"nonce": "another"}}, "wrong-nonce"),
    "invalid-athash": ({"claims": {"at_hash": "another"}}, "wrong-access-token-hash"),
}


@pytest.mark.parametrize(("misbehaviour", "code"), REFUSED.values(), ids=REFUSED)
def test_refused(
    tenant: Tenant, provider: ProviderAtHand, misbehaviour: dict[str, Any], code: str
) -> None:
    trust(tenant, provider)
    provider.behaviour = Behaviour(**misbehaviour)
    visitor = Visitor(tenant)
    answer = signed_on(visitor, provider)
    assert (answer.status_code, events(tenant)[-1].code) == (403, code)
    with tenant_scope(tenant):
        assert not Identity.objects.exists()
        assert not OidcSession.objects.exists()
    assert visitor.user_id() is None
    provider.behaviour = Behaviour()
    assert signed_on(visitor, provider).status_code == 302
    assert visitor.user_id()


def test_discovery_issuer_mismatch(tenant: Tenant, provider: ProviderAtHand) -> None:
    trust(tenant, provider)
    for issuer in (f"{provider.issuer}/", "https://other.example.com"):
        provider.behaviour = Behaviour(discovery={"issuer": issuer})
        visitor = Visitor(tenant)
        assert visitor.get("/sso/oidc/sso/login/").status_code == 403
        assert events(tenant)[-1].code == "discovery-issuer-mismatch"
    provider.behaviour = Behaviour()
    assert signed_on(visitor, provider).status_code == 302


def test_kid_absent_single_jwks(tenant: Tenant, provider: ProviderAtHand) -> None:
    trust(tenant, provider)
    provider.behaviour = Behaviour(header={"kid": None})
    assert signed_on(Visitor(tenant), provider).status_code == 302


def test_kid_absent_multiple_jwks(tenant: Tenant, provider: ProviderAtHand) -> None:
    """Which of them signed it, nobody is left to guess."""
    trust(tenant, provider)
    both = [dict(rsa_key(name).as_dict(private=False)) for name in ("first", "second")]
    provider.behaviour = Behaviour(header={"kid": None}, published=both)
    assert signed_on(Visitor(tenant), provider).status_code == 403
    assert events(tenant)[-1].code == "unknown-key"
    provider.behaviour = Behaviour(published=both)
    assert signed_on(Visitor(tenant), provider).status_code == 302


def test_client_secret_basic(tenant: Tenant, provider: ProviderAtHand) -> None:
    """The secret is encoded as a form's field is, and stands in the header alone."""
    trust(tenant, provider)
    assert signed_on(Visitor(tenant), provider).status_code == 302
    both = f"{quote_plus(CLIENT_ID)}:{quote_plus(CLIENT_SECRET)}".encode()
    assert provider.authorization_headers() == [f"Basic {b64encode(both).decode()}"]
    assert not {"client_secret", "client_id"} & provider.forms()[0].keys()


def test_client_secret_post(tenant: Tenant, provider: ProviderAtHand) -> None:
    trust(tenant, provider)
    methods = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    provider.behaviour = Behaviour(discovery=methods)
    assert signed_on(Visitor(tenant), provider).status_code == 302
    assert provider.authorization_headers() == []
    assert provider.forms()[0]["client_secret"] == [CLIENT_SECRET]


def test_signing_key_rotation(tenant: Tenant, provider: ProviderAtHand) -> None:
    trust(tenant, provider)
    assert signed_on(Visitor(tenant), provider).status_code == 302
    provider.behaviour = Behaviour(signing=rsa_key("second"))
    assert signed_on(Visitor(tenant), provider).status_code == 302
    assert provider.asked.count("/keys") == 2
    # From then on, for a while, nobody has its keys fetched by naming one that there is not.
    provider.behaviour = Behaviour(signing=rsa_key("third"), published=[])
    for _ in range(2):
        assert signed_on(Visitor(tenant), provider).status_code == 403
        assert events(tenant)[-1].code == "unknown-key"
    assert provider.asked.count("/keys") == 2
    provider.behaviour = Behaviour(signing=rsa_key("second"))
    assert signed_on(Visitor(tenant), provider).status_code == 302
