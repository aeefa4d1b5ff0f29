"""Attacks on SCIM, each beside its valid twin."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from rbac.models import User
from sso.scim.services.tokens import revoke_scim_token
from tenants.context import tenant_scope
from tests.api_client import ApiClient, host_of
from tests.conftest import ACTOR
from tests.sso.scim.clients import GROUP, PATCH, ScimClient, scim_client, scim_token, user

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tests.conftest import Api, Rivals


def test_each_kind_of_token_opens_its_own_api_alone(tenant: Tenant, api: Api) -> None:
    admin, (_, secret) = api(tenant), scim_token(tenant)
    by_api_token = ScimClient(tenant, admin.token).send("GET", "/Users")
    assert (by_api_token.status_code, by_api_token.json()["status"]) == (401, "401")
    assert by_api_token.headers["WWW-Authenticate"].startswith("Bearer")
    for path in ("/api/v1/users/", "/api/v1/sso/scim-tokens/"):
        assert ApiClient(tenant, token=secret).get(path).status_code == 401
    assert ScimClient(tenant, secret).send("GET", "/Users").status_code == 200
    assert admin.get("/api/v1/users/").status_code == 200


@pytest.mark.parametrize("path", ["/Users", "/ServiceProviderConfig", "/Bulk", "/nothing"])
def test_without_a_valid_token_nothing_is_told(acme: Tenant, path: str) -> None:
    token, secret = scim_token(acme)
    nobody = ScimClient(acme, "")
    assert nobody.send("GET", path).status_code == 401
    assert ScimClient(acme, secret[:-1] + "x").send("GET", path).status_code == 401
    with tenant_scope(acme):
        revoke_scim_token(token, actor=ACTOR)
    assert ScimClient(acme, secret).send("GET", path).status_code == 401


def test_a_token_is_another_tenants_nowhere(rivals: Rivals) -> None:
    attacker, victim = rivals
    theirs = scim_client(victim).add().json()["id"]
    secret = scim_token(attacker)[1]
    here, there = ScimClient(attacker, secret), ScimClient(attacker, secret)
    there.defaults["HTTP_HOST"] = host_of(victim)
    assert there.send("GET", "/Users").status_code in {401, 403, 421}
    for method, body in (("GET", None), ("PUT", user()), ("DELETE", None)):
        assert here.send(method, f"/Users/{theirs}", body).status_code == 404
    assert here.add_group("Engineers", theirs).status_code == 400
    assert here.send("GET", "/Users").json()["totalResults"] == 0
    with tenant_scope(victim):
        assert User.objects.get(username="ada@example.com").is_active
    assert here.add().status_code == 201


def test_a_token_reaches_the_people_of_its_own_provider_alone(tenant: Tenant) -> None:
    okta, entra = scim_client(tenant), scim_client(tenant, "entra")
    ada, group = okta.add().json()["id"], okta.add_group("Engineers").json()["id"]
    for path in (f"/Users/{ada}", f"/Groups/{group}"):
        assert entra.send("GET", path).status_code == 404
        assert entra.send("DELETE", path).status_code == 404
        assert okta.send("GET", path).status_code == 200
    assert entra.add_group("Others", ada).status_code == 400
    assert entra.add().status_code == 409


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("(" * 200 + "userName pr" + ")" * 200, id="nested"),
        pytest.param(" or ".join(['userName eq "a"'] * 100), id="long"),
        pytest.param("not (" * 25 + "userName pr" + ")" * 25, id="negated"),
        pytest.param("password pr", id="secret"),
        pytest.param("userName", id="unfinished"),
        pytest.param('userName eq "a" and', id="half"),
        pytest.param('userName gt "a"', id="an order that is not kept"),
        pytest.param('active co "t"', id="a text of a boolean"),
        pytest.param("userName eq 1", id="a number"),
        pytest.param('meta.created gt "yesterday"', id="no time"),
        pytest.param('identity.user.password sw "a"', id="a column of ours"),
        pytest.param("tenant_id pr", id="a column of all"),
        pytest.param('emails[value co "a"]', id="what cannot be looked up"),
        pytest.param('userName eq "\\ud800"', id="half a pair"),
        pytest.param('emails[display eq "\\u0000"]', id="NUL in brackets"),
        pytest.param('emails[display eq "\\ud800"]', id="half a pair in brackets"),
        pytest.param("emails[display eq 1]", id="a number in brackets"),
    ],
)
def test_a_filter_that_is_no_honest_one_is_refused(acme: Tenant, query: str) -> None:
    okta = scim_client(acme)
    for answer in (
        okta.get("/scim/v2/Users", {"filter": query}),
        okta.send("POST", "/Users/.search", {"schemas": [_SEARCH], "filter": query}),
    ):
        assert answer.status_code in {200, 400}, answer.content
        if answer.status_code == 400:
            assert answer.json()["scimType"] in {"invalidFilter", "invalidPath", "invalidValue"}
        else:
            assert answer.json()["totalResults"] == 0


def _patch(operations: Any) -> bytes:
    return json.dumps({"schemas": [PATCH], "Operations": operations}).encode()


_SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"userName": "a"}' * 2,
        b"[" * 10_000,
        b'{"a":' * 5_000,
        b'{"userName": "\\u0000"}',
        b'{"userName": "\\ud800"}',
        json.dumps(user("x" * 300)).encode(),
        json.dumps(user("", active=True)).encode(),
        json.dumps(user("no\u202ename")).encode(),
        json.dumps(user(nickName="\x00")).encode(),
        json.dumps(user(externalId="x" * 2000)).encode(),
        json.dumps(user(displayName="x" * 40_000)).encode(),
        json.dumps(user(displayName="x" * 250)).encode(),
        json.dumps(user(active={"a": []})).encode(),
        json.dumps(user(userName={"value": "a"})).encode(),
        json.dumps(user(emails="a@example.com")).encode(),
        json.dumps(
            {"schemas": [PATCH], "Operations": [{"op": "add", "path": "(" * 9_999}]}
        ).encode(),
        json.dumps(
            {"schemas": [PATCH], "Operations": [{"op": "add", "path": "id", "value": 1}]}
        ).encode(),
        json.dumps({"schemas": [PATCH], "Operations": "all"}).encode(),
        json.dumps({"schemas": [GROUP], "displayName": "", "members": [{"value": "x"}]}).encode(),
        json.dumps({"schemas": [GROUP], "displayName": "x" * 300}).encode(),
        json.dumps({"schemas": [GROUP], "displayName": "G", "members": [{"value": None}]}).encode(),
    ],
    ids=range(26),
)
def test_no_body_is_answered_by_500(acme: Tenant, body: bytes) -> None:
    okta = scim_client(acme)
    ada, group = okta.add().json()["id"], okta.add_group("Known").json()["id"]
    for method, path in (
        *(("POST", "/Users"), ("POST", "/Groups"), ("POST", "/Bulk"), ("POST", "/Users/.search")),
        *(("PUT", f"/Users/{ada}"), ("PATCH", f"/Users/{ada}"), ("PATCH", f"/Groups/{group}")),
    ):
        answer = okta.send(method, path, body)
        assert 400 <= answer.status_code < 500, (method, path, answer.content)
        assert answer.json()["status"] == str(answer.status_code)
    assert okta.add("grace@example.com").status_code == 201


@pytest.mark.parametrize(
    "query",
    [
        *({"count": "0"}, {"count": "-1"}, {"startIndex": "-5"}, {"count": "99999999999999999999"}),
        *({"startIndex": "99999999999999999999"}, {"count": "x"}, {"sortBy": "userName"}),
        *({"attributes": "userName,nothing"}, {"excludedAttributes": "id"}, {"cursor": ""}),
    ],
    ids=str,
)
def test_no_query_is_answered_by_500(acme: Tenant, query: dict[str, Any]) -> None:
    okta = scim_client(acme)
    okta.add()
    assert okta.get("/scim/v2/Users", query).status_code in {200, 400, 501}


def test_a_body_of_a_megabyte_is_refused(acme: Tenant) -> None:
    okta = scim_client(acme)
    large = json.dumps(user(title="x" * 1024 * 1024)).encode()
    assert okta.send("POST", "/Users", large).status_code == 413
    assert okta.add(title="x" * 1024).status_code == 201


def test_a_filter_is_bounded_before_it_is_parsed(acme: Tenant) -> None:
    okta = scim_client(acme)
    for brackets, status in ((20, 200), (21, 400)):
        query = "(" * brackets + "userName pr" + ")" * brackets
        assert okta.get("/scim/v2/Users", {"filter": query}).status_code == status
    long = okta.get("/scim/v2/Users", {"filter": f'userName eq "{"x" * 1000}"'})
    assert (long.status_code, long.json()["scimType"]) == (400, "invalidFilter")


@pytest.mark.parametrize("key", ["filter", "FILTER", "Filter"])
def test_the_bound_holds_in_whatever_case_the_key_is(acme: Tenant, key: str) -> None:
    okta = scim_client(acme)
    for terms, status in ((2, 200), (60, 400)):
        body = {"schemas": [_SEARCH], key: " or ".join(['userName eq "a"'] * terms)}
        assert okta.send("POST", "/Users/.search", body).status_code == status
    long = okta.send("POST", "/Users/.search", {"schemas": [_SEARCH], key: _LONG}).json()
    assert (long["scimType"], "1,000" in long["detail"]) == ("invalidFilter", True)


_LONG = 'emails[type eq "work" and (' + " or ".join(['value eq "a"'] * 100) + ")]"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"Operations": [{"op": "add", "path": _LONG, "value": {}}]}),
        ("PATCH", "", {"operations": [{"op": "add", "PATH": _LONG, "value": {}}]}),
        ("PATCH", "", {"Operations": [{"op": "add", "value": {_LONG: "a@example.com"}}]}),
        ("GET", f"?attributes=userName,{quote(_LONG)}", None),
        ("POST", "/.search", {"schemas": [_SEARCH], "attributes": [_LONG]}),
    ],
    ids=["path", "in capitals", "a key", "an attribute", "attributes"],
)
def test_paths_are_bounded_before_they_are_parsed(
    acme: Tenant, method: str, path: str, body: dict[str, Any] | None
) -> None:
    okta = scim_client(acme)
    at = f"/Users/{okta.add().json()['id']}" if method == "PATCH" else "/Users"
    sent = body and {"schemas": [PATCH], **body}
    answer = okta.send(method, at + path, sent)
    assert (answer.status_code, "1,000" in answer.json()["detail"]) == (400, True), answer.content
    long_names = ",".join([f"urn:ietf:params:scim:schemas:core:2.0:User:{n}" for n in _NAMES])
    assert okta.send("GET", f"/Users?attributes={long_names}").status_code == 200


_NAMES = ("userName", "displayName", "name", "emails", "title", "active") * 5
