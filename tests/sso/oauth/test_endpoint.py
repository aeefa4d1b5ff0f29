"""What the token endpoint takes, and how it refuses the rest (RFC 6749, section 5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client

from rbac.attempts import TRIES_FROM_NETWORK
from tests.sso.oauth.devices import CLIENT, FORM, GRANT, START, TOKEN, CommandLine, error_of

if TYPE_CHECKING:
    from tenants.models import Tenant

_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_JWT = "urn:ietf:params:oauth:token-type:jwt"
_ID = "00000000-0000-4000-8000-000000000000"
_VALID = {
    "grant_type": _EXCHANGE,
    "client_id": _ID,
    "subject_token": "a.b.c",
    "subject_token_type": _JWT,
}
WRONG: dict[str, tuple[dict[str, str], str]] = {
    "no grant type": ({"grant_type": ""}, "invalid_request"),
    "another grant type": ({"grant_type": "password"}, "unsupported_grant_type"),
    "an id that is none": ({"client_id": "x"}, "invalid_request"),
    "no subject token": ({"subject_token": ""}, "invalid_request"),
    "a long subject token": ({"subject_token": "a" * 15_000}, "invalid_request"),
    "another type of token": ({"subject_token_type": "urn:x"}, "invalid_request"),
    "another type that is wanted": ({"requested_token_type": "urn:x"}, "invalid_request"),
    "somebody who acts for it": ({"actor_token": "x"}, "invalid_request"),
    "control characters": ({"client_id": f"{_ID}\n"}, "invalid_request"),
    "many scopes": ({"scope": "a " * 51}, "invalid_scope"),
    "a device code that never was": (
        {"grant_type": GRANT, "device_code": "x", "client_id": CLIENT},
        "invalid_grant",
    ),
    "no device code": ({"grant_type": GRANT, "client_id": CLIENT}, "invalid_request"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_in_oauths_form(case: str, acme: Tenant) -> None:
    changes, error = WRONG[case]
    answer = CommandLine(acme).ask(TOKEN, **{**_VALID, **changes})
    assert error_of(answer) == error
    assert set(answer.json()) == {"error", "error_description"}


def test_a_parameter_twice_and_one_in_the_address_are_refused(acme: Tenant) -> None:
    form = urlencode([*_VALID.items(), ("scope", "a"), ("scope", "b")])
    assert error_of(CommandLine(acme).post(TOKEN, form, FORM)) == "invalid_request"
    query = urlencode(_VALID)
    assert error_of(CommandLine(acme).post(f"{TOKEN}?{query}", "", FORM)) == "invalid_request"


def test_other_forms_and_methods_are_refused(acme: Tenant) -> None:
    json = CommandLine(acme).post(TOKEN, _VALID, "application/json")
    assert (json.status_code, json.json()["error"]) == (415, "invalid_request")
    for path in (TOKEN, START):
        assert CommandLine(acme).get(path).status_code == 405


@pytest.mark.parametrize("path", [TOKEN, START])
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("", ""),
        ("", "application/json"),
        ("", FORM),
        (b"grant_type=%ff\xff\xff-\xff", f"{FORM}; charset=punycode"),
        (b"\xff", f"{FORM}; charset=punycode"),
        (urlencode(_VALID), f"{FORM}; charset=utf-16"),
        (urlencode(_VALID), f"{FORM}; charset=unknown"),
    ],
    ids=["nothing", "no JSON", "an empty form", "punycode", "bad bytes", "UTF-16", "unknown"],
)
def test_what_is_no_form_in_utf_8_is_refused(
    acme: Tenant, path: str, body: str | bytes, content_type: str
) -> None:
    answer = CommandLine(acme).generic("POST", path, body, content_type)
    assert error_of(answer) == "invalid_request"
    assert set(answer.json()) == {"error", "error_description"}


def test_a_form_that_names_utf_8_is_read(acme: Tenant) -> None:
    sent = {**_VALID, "grant_type": "password"}
    answer = CommandLine(acme).post(TOKEN, urlencode(sent), f"{FORM}; charset=UTF-8")
    assert error_of(answer) == "unsupported_grant_type"


def test_large_bodies_are_not_read(acme: Tenant) -> None:
    answer = CommandLine(acme).ask(TOKEN, **_VALID, more="a" * 20_000)
    assert (answer.status_code, answer.json()["error"]) == (413, "invalid_request")
    assert error_of(CommandLine(acme).ask(TOKEN, **_VALID, more="a")) == "invalid_request"


@pytest.mark.django_db
def test_a_host_of_no_tenant_issues_nothing() -> None:
    for path in (TOKEN, START):
        here = Client(HTTP_HOST=settings.BASE_DOMAIN)
        answer = here.post(path, urlencode(_VALID), FORM)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_tries_are_counted_by_network(acme: Tenant) -> None:
    here = CommandLine(acme)
    for _ in range(TRIES_FROM_NETWORK):
        assert here.ask(TOKEN, **_VALID).status_code == 400
    answer = here.ask(TOKEN, **_VALID)
    assert (answer.status_code, answer.json()["error"]) == (429, "temporarily_unavailable")
    assert "Retry-After" in answer
    assert CommandLine(acme).ask(TOKEN, **_VALID).status_code == 400
