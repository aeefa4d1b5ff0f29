"""Issuers that speak for many organisations: whose people are let in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sso.oidc.protocol.algorithms import Algorithm
from sso.oidc.protocol.id_tokens import Expected, check_claims
from sso.oidc.protocol.rules import SENTENCES, OidcError, Rule

_NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
_TENANT = "8f3d4c0e-0000-4000-8000-000000000001"
_MICROSOFT = f"https://login.microsoftonline.com/{_TENANT}/v2.0"
_EXPECTED = Expected(
    issuer="https://sso.example.com",
    client_id="platform",
    nonce="nonce",
    access_token="token",
    algorithm=Algorithm.RS256,
    requested_at=_NOW,
    now=_NOW + timedelta(seconds=5),
)


def refusal_of(expected: Expected, **changes: Any) -> Rule | None:
    """The rule that claims break."""
    claims = {
        "iss": expected.issuer,
        "sub": "ada",
        "aud": "platform",
        "exp": _NOW.timestamp() + 300,
        "iat": _NOW.timestamp(),
        "nonce": "nonce",
        **changes,
    }
    try:
        assert check_claims(claims, expected) == "ada"
    except OidcError as error:
        return error.rule
    return None


@pytest.mark.parametrize(
    ("tid", "rule"), [(_TENANT, None), ("other", Rule.TENANT), (None, Rule.TENANT)]
)
def test_the_tenant_of_microsoft_is_the_issuers(tid: str | None, rule: Rule | None) -> None:
    assert refusal_of(replace(_EXPECTED, issuer=_MICROSOFT), tid=tid) is rule


@pytest.mark.parametrize(
    ("claims", "rule"),
    [
        ({"hd": "example.com"}, None),
        ({"hd": "other.example"}, Rule.HOSTED_DOMAIN),
        ({}, Rule.HOSTED_DOMAIN),
    ],
)
def test_people_of_one_google_workspace_alone(claims: dict[str, str], rule: Rule | None) -> None:
    assert refusal_of(replace(_EXPECTED, hosted_domain="example.com"), **claims) is rule


@pytest.mark.parametrize(
    ("seconds", "rule"), [(0, None), (-30, None), (-120, Rule.AUTHENTICATION_TIME)]
)
def test_whoever_links_has_proved_who_they_are_for_it(seconds: int, rule: Rule | None) -> None:
    proved = _NOW.timestamp() + seconds
    assert refusal_of(replace(_EXPECTED, requires_fresh_login=True), auth_time=proved) is rule
    assert refusal_of(_EXPECTED, auth_time=proved) is None


@pytest.mark.parametrize(
    ("issuer", "rule"),
    [
        ("https://accounts.google.com", None),
        ("https://sso.example.com", Rule.AUTHENTICATION_TIME),
    ],
)
def test_only_where_it_is_never_said_it_need_not_be(issuer: str, rule: Rule | None) -> None:
    expected = replace(_EXPECTED, requires_fresh_login=True, issuer=issuer)
    assert refusal_of(expected, iss=issuer) is rule


def test_clocks_may_differ_by_a_minute() -> None:
    late = _NOW.timestamp() + 5
    assert refusal_of(_EXPECTED, exp=late - 59) is None
    assert refusal_of(_EXPECTED, exp=late - 60) is Rule.EXPIRED
    assert refusal_of(_EXPECTED, exp=253402300799, nbf=-62135596800) is None  # all there is
    assert refusal_of(_EXPECTED, iat=late + 60) is None
    assert refusal_of(_EXPECTED, iat=late + 61) is Rule.ISSUED_AT


def test_every_rule_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Rule)
