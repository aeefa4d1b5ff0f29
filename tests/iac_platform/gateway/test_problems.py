from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from django.test import Client

from iac_platform.common.errors import ErrorKind
from iac_platform.gateway.problems.translation import STATUS_OF_KIND
from tests.iac_platform.gateway.notes.views import NAMES_SERVED

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from tests.iac_platform.gateway.test_viewsets import Api

pytestmark = pytest.mark.usefixtures("notes")

NOTES = "/api/v1/notes/"
_MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id"}


@pytest.fixture
def anybody() -> Client:
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


def _problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The document, if it is one in every respect."""
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document.keys() >= _MEMBERS
    assert document["status"] == status
    assert document["code"] == code
    assert document["type"] == f"urn:iac-platform:problem:{code}"
    assert document["request_id"] == response["X-Request-ID"]
    assert document["instance"] == quote(response.request["PATH_INFO"])
    return document


def test_every_kind_of_domain_error_has_a_status() -> None:
    assert set(STATUS_OF_KIND) == set(ErrorKind)


def test_a_path_that_leads_nowhere(anybody: Client) -> None:
    _problem(anybody.get("/api/v1/nowhere/"), 404, "not-found")


def test_a_host_that_is_not_ours(anybody: Client) -> None:
    _problem(anybody.get("/api/plain/x/", HTTP_HOST="evil.example"), 400, "bad-request")


def test_a_method_that_a_plain_view_refuses(anybody: Client) -> None:
    response = anybody.post("/api/plain/get/")
    _problem(response, 405, "method-not-allowed")
    assert response["Allow"] == "GET"


def test_a_missing_csrf_token(anybody: Client) -> None:
    _problem(anybody.post("/api/plain/csrf/"), 403, "permission-denied")


def test_a_body_that_is_too_large_for_a_plain_view(anybody: Client, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    path = "/api/plain/body/"
    assert anybody.post(path, b"0123456789", content_type="text/plain").status_code == 200
    response = anybody.post(path, b"0123456789a", content_type="text/plain")
    _problem(response, 413, "too-large")


def test_a_domain_error_of_a_plain_view(anybody: Client) -> None:
    document = _problem(anybody.get("/api/plain/domain/"), 409, "name-taken")
    assert document["detail"] == "Another note has this name."


@pytest.mark.parametrize("debug", [False, True])
def test_a_crash_tells_nothing_and_is_logged(
    anybody: Client, settings: Settings, debug: bool, caplog: pytest.LogCaptureFixture
) -> None:
    settings.DEBUG = debug
    response = anybody.get("/api/plain/crash/")
    _problem(response, 500, "internal-error")
    assert b"hunter2" not in response.content
    assert b"ZeroDivision" not in response.content
    (record,) = [record for record in caplog.records if record.exc_info]
    assert record.name == "django.request"


def test_a_crash_inside_the_api_tells_nothing(api: Api) -> None:
    response = api("ann").post(NOTES, {"name": "crash"}, format="json")
    _problem(response, 500, "internal-error")
    assert b"hunter2" not in response.content


def test_pages_for_people_stay_html(anybody: Client) -> None:
    for path, status in [("/pages/crash/", 500), ("/nowhere/", 404)]:
        response = anybody.get(path)
        assert response.status_code == status
        assert response["Content-Type"].startswith("text/html")


def test_a_domain_error_keeps_its_words_and_cannot_replace_the_standard_members(api: Api) -> None:
    response = api("ann").post(NOTES, {"name": "taken"}, format="json")
    document = _problem(response, 409, "name-taken")
    assert (document["title"], document["name"]) == ("The name is taken", "taken")


def test_each_wrong_place_has_a_pointer(api: Api) -> None:
    body = {"name": "x" * 21, "places": [1, "two", 3, None]}
    response = api("ann").post(NOTES, body, format="json")
    document = _problem(response, 400, "validation-failed")
    assert {(place["pointer"], place["code"]) for place in document["errors"]} == {
        ("/name", "max-length"),
        ("/places/1", "invalid"),
        ("/places/3", "null"),
    }
    assert NAMES_SERVED == []


def test_a_pointer_escapes_what_would_be_a_step(api: Api) -> None:
    response = api("ann").post(NOTES, {"name": "x", "a/b~c": 1}, format="json")
    assert response.json()["errors"][0]["pointer"] == "/a~1b~0c"


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"1", b"null", b""])
def test_a_body_that_is_no_object_is_pointed_at_as_a_whole(api: Api, body: bytes) -> None:
    response = api("ann").post(NOTES, body, content_type="application/json")
    assert response.status_code == 400
    assert NAMES_SERVED == []


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"name": "\xff"}',
        b'{"name": "\\ud800"}',
        b'{"name": "a\\u0000b"}',
        b'{"a\\u0000": "name"}',
        b"[" * 65 + b"]" * 65,
        b"[" * 5000 + b"]" * 5000,
        b'{"name": "x",}',
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_is_not_json_or_cannot_be_stored_is_refused(api: Api, body: bytes) -> None:
    response = api("ann").post(NOTES, body, content_type="application/json")
    _problem(response, 400, "bad-request")


def test_what_is_deep_but_not_too_deep_is_parsed(api: Api) -> None:
    body = b'{"name": "x", "places": ' + b"[" * 63 + b"]" * 63 + b"}"
    response = api("ann").post(NOTES, body, content_type="application/json")
    assert response.json()["errors"][0]["pointer"] == "/places/0"
    escaped = api("ann").post(NOTES, b'{"name": "a\\\\u0000b"}', content_type="application/json")
    assert escaped.json()["name"] == "a\\u0000b"


def test_a_body_that_is_too_large_for_the_api(api: Api, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 50
    body = b'{"name": "x"}'
    fits = api("ann").post(NOTES, body + b" " * 37, content_type="application/json")
    assert fits.status_code == 201
    response = api("ann").post(NOTES, body + b" " * 38, content_type="application/json")
    _problem(response, 413, "too-large")


def test_another_media_type_is_refused(api: Api) -> None:
    response = api("ann").post(NOTES, b"name=x", content_type="application/x-www-form-urlencoded")
    problem = _problem(response, 415, "unsupported-media-type")
    assert "Content-Type: application/json" in problem["detail"]
    _problem(api("ann").get(NOTES, HTTP_ACCEPT="application/xml"), 406, "not-acceptable")


def test_what_to_do_is_said_of_requests_that_framework_and_credentials_refuse(api: Api) -> None:
    nobody = _problem(api(None).post(NOTES, {"name": "x"}), 401, "not-authenticated")
    assert "Authorization: Bearer" in nobody["detail"]
    wrong = _problem(api("ann").put(NOTES, {"name": "x"}), 405, "method-not-allowed")
    assert "Allow header" in wrong["detail"]


@pytest.mark.parametrize(
    ("body", "called"),
    [(b"[]", "an array"), (b'"x"', "a string"), (b"7", "a number"), (b"true", "true")],
)
def test_a_body_of_another_kind_is_called_as_json_calls_it(
    api: Api, body: bytes, called: str
) -> None:
    response = api("ann").post(NOTES, body, content_type="application/json")
    (error,) = _problem(response, 400, "validation-failed")["errors"]
    assert error == {"pointer": "", "detail": f"Send an object, not {called}.", "code": "invalid"}


@pytest.mark.parametrize("query", ["?owner=%00", "?owner=a%00b", "?%00=1"])
def test_nul_in_the_address_is_refused(api: Api, query: str) -> None:
    _problem(api("ann").get(NOTES + query), 400, "bad-request")
    _problem(api("ann").get(f"{NOTES}a%00/"), 400, "bad-request")
