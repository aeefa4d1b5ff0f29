"""Nothing that a client can write is an internal error: it is read, or refused.

Dates at the ends of the calendar, numbers beyond every column, characters that PostgreSQL or
Python cannot keep: in every member of every body, and in every address, query and header.
Generated from the router and the API's document.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from django.db import transaction

from tenants.context import tenant_scope
from tests.api.routes import route_of
from tests.api.samples import SAMPLES, path_of
from tests.api.test_mass_assignment import ANY_REVISION, CHANGES, declared, document
from tests.api_client import JSON

if TYPE_CHECKING:
    from tests.api.duels import Duel

HUGE = 10**400
# What some member takes, so that it comes as far as the database: tried in each by itself.
PLAUSIBLE: list[Any] = [
    -1,
    2**31,
    10**18 + 0.5,
    "\u202e\ufffe\uffff\U0001f4a9",
    "9" * 100,
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "{00000000-0000-0000-0000-000000000000}",
    "%00",
    [],
]
# What hardly any takes: tried in all of them at once.
IMPLAUSIBLE: list[Any] = [
    None,
    True,
    2**64 - 1,
    1e308,
    " ",
    "-" + "9" * 400,
    "NaN",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "99999-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "urn:uuid:00000000-0000-0000-0000-000000000000",
    {},
    [None],
    [[]],
    [{}],
    {"": None},
]
# What no JSON is, or none that can be stored: written by hand.
TEXTS = [r'"\u0000"', r'"a\u0000b"', r'"\ud800"', r'"\udfff\ud800"', f"{HUGE}", f"-{HUGE}", "1e999"]
TEXTS += ["NaN", "-Infinity", '"\x00"', '"\x1f"', "[" * 100 + "]" * 100, '{"\\u0000": 1}']
WORDS = [
    "",
    "%00",
    "%0a%ed%a0%80%ff%fe%c0%ae",
    "%2e%2e%2f",
    "0",
    "-1",
    "9" * 9,
    "9" * 10,
    "0" * 9 + "1" + "9" * 400,
    quote("٣\U0001f4a9"),
    "00000000-0000-0000-0000-000000000000",
    "x" * 1_500,
]
HEADERS = {
    "Authorization": ["", "Bearer", "Bearer \xff", "Bearer " + "x" * 5_000, "\xff" * 40],
    "If-Match": ["", "*", '"', '""', "W/", '"\xff"', ", ,", '"x"' * 1_000],
    "If-None-Match": ["", "*", '"', '""', "W/", '"\xff"', ", ,", '"x"' * 1_000],
    "Idempotency-Key": ["", '"', "\xff", "k" * 5_000],
    "X-Tenant-ID": ["", "\xff", "9" * 1_000],
    "X-Request-ID": ["\xff", "x" * 5_000],
    "X-Forwarded-For": ["\xff", "1" * 1_000, ",,,", "999.999.999.999"],
    "Accept": ["", "/", ";", "*/*;q=x", "application/json;q=\xff", "a/b," * 500, "application/*"],
    "Content-Type": ["", "/", ";", "application/json; charset=\xff", "application/json; charset=x"],
    "Content-Length": ["", "x", "-1", "9" * 30],
    "Cookie": ["\xff", "sessionid=" + "x" * 3_000, "a=b;" * 500, "sessionid=%00"],
    "Accept-Language": ["\xff", "x" * 5_000, "en;q=x"],
}


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of tries have tests of their own."""
    monkeypatch.setattr("rbac.rest.views.may_try", lambda *_: True)
    monkeypatch.setattr("rbac.rest.tokens.may_show_leaks", lambda *_: True)


pytestmark = pytest.mark.parametrize("rivals", [("acme", "umbrella")], indirect=True)


def _send(duel: Duel, operation: str, content: str, path: str = "", **headers: str) -> Any:
    side, sample = duel.attacker, SAMPLES[operation]
    client, method = side.entitled(operation), operation.partition(" ")[0]
    with transaction.atomic():
        if sample.prepare is not None:
            with tenant_scope(side.tenant):
                sample.prepare(side.estate)
        response = client.generic(
            method,
            path or path_of(operation, sample, side.estate),
            content,
            JSON,
            headers=ANY_REVISION | headers,
        )
        assert response.status_code < 500, (operation, content[:200], path[:200], headers)
        # Rendered, and streamed, too.
        assert response.getvalue() is not None
        transaction.set_rollback(True)
    return response


def _valid(duel: Duel, operation: str) -> dict[str, Any]:
    sample = SAMPLES[operation].body
    return dict(sample(duel.attacker.estate)) if sample else {}


def test_no_member_of_a_body_is_an_internal_error(duel: Duel, subtests: pytest.Subtests) -> None:
    for operation in CHANGES:
        for member in declared(operation):
            rest = {**_valid(duel, operation)}
            rest.pop(member, None)
            with subtests.test(operation, member=member):
                for value in PLAUSIBLE:
                    _send(duel, operation, json.dumps({**rest, member: value}))
        with subtests.test(operation):
            for value in IMPLAUSIBLE:
                _send(duel, operation, json.dumps(dict.fromkeys(declared(operation), value)))
            for text in TEXTS if declared(operation) else ():
                content = f'{{"{next(iter(declared(operation)))}": {text}}}'
                assert _send(duel, operation, content).status_code in {400, 413}


def test_no_part_of_an_address_is_an_internal_error(duel: Duel, subtests: pytest.Subtests) -> None:
    for operation, sample in SAMPLES.items():
        values = {
            name: str(value(duel.attacker.estate)) for name, value in sample.address.values.items()
        }
        for name in values:
            with subtests.test(operation, part=name):
                for word in WORDS:
                    path = route_of(operation).template.format(**values | {name: word})
                    content = json.dumps(_valid(duel, operation)) if operation in CHANGES else ""
                    _send(duel, operation, content, path)


def test_no_parameter_of_a_query_is_an_internal_error(
    duel: Duel, subtests: pytest.Subtests
) -> None:
    for operation, sample in SAMPLES.items():
        if not operation.startswith("GET "):
            continue
        with subtests.test(operation):
            for name in [*_parameters(operation), quote("\U0001f4a9"), "%00", ""]:
                for word in WORDS:
                    path = path_of(operation, sample, duel.attacker.estate).partition("?")[0]
                    response = _send(duel, operation, "", f"{path}?{name}={word}")
                    if "%00" in (name, word):
                        assert response.status_code == 400


def _parameters(operation: str) -> list[str]:
    template = operation.split(" ")[1].replace("{pk}", "{id}")
    parameters = document()["paths"][template]["get"].get("parameters", ())
    return [each["name"] for each in parameters if each["in"] == "query"]


def test_no_header_is_an_internal_error(duel: Duel, subtests: pytest.Subtests) -> None:
    operations = ("GET /api/v1/users/{pk}/", "POST /api/v1/tokens/", "GET /api/v1/audit/export/")
    for operation in (*operations, "PATCH /api/v1/projects/{pk}/", "POST /api/v1/tokens/revoke/"):
        content = "" if operation.startswith("GET ") else json.dumps(_valid(duel, operation))
        with subtests.test(operation):
            for header, values in HEADERS.items():
                for value in values:
                    _send(duel, operation, content, **{header: value})
