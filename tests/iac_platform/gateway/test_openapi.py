from __future__ import annotations

import threading
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from openapi_spec_validator import OpenAPIV31SpecValidator

from iac_platform.gateway import documentation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client
    from playwright.sync_api import Browser


@pytest.fixture(autouse=True)
def _generated_anew() -> Iterator[None]:
    documentation._generated.cache_clear()  # noqa: SLF001  # another test's views are in it
    yield
    documentation._generated.cache_clear()  # noqa: SLF001  # likewise


@pytest.fixture
def document(client: Client) -> dict[str, Any]:
    response = client.get("/api/schema/")
    assert response["Content-Type"] == "application/json"
    found: dict[str, Any] = response.json()
    return found


def _operation(document: dict[str, Any], path: str, method: str) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][f"/api/v1/notes/{path}"][method]
    return found


def _parameters(operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {parameter["name"]: parameter for parameter in operation["parameters"]}


def test_the_description_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_the_command_finds_nothing_to_warn_about() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_verbs_that_nobody_declared_are_not_described(document: dict[str, Any]) -> None:
    assert set(document["paths"]["/api/v1/notes/{id}/"]) == {"get", "patch", "delete"}
    assert "/api/v1/notes/{id}/forgotten/" not in document["paths"]


def test_every_operation_needs_a_token_and_may_answer_with_a_problem(
    document: dict[str, Any],
) -> None:
    operations = [each for path in document["paths"].values() for each in path.values()]
    assert operations
    for operation in operations:
        assert operation["security"] == [{"bearer": []}]
        problem = {"$ref": "#/components/responses/Problem"}
        assert operation["responses"]["default"] == problem
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_input_and_output_are_described_apart(document: dict[str, Any]) -> None:
    create = _operation(document, "", "post")
    taken = create["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    shown = create["responses"]["201"]["content"]["application/json"]["schema"]["$ref"]
    assert taken.endswith("/NoteInputRequest")
    assert shown.endswith("/NoteOutput")


def test_the_summary_is_the_action_and_the_description_the_endpoint(
    document: dict[str, Any],
) -> None:
    described = [
        (operation.get("summary"), operation["description"])
        for operation in (
            _operation(document, "", "get"),
            _operation(document, "{id}/seal/", "post"),
        )
    ]
    assert described == [("List notes", "Notes."), ("Seal a note", "Notes.")]


def test_lists_are_described_as_pages(document: dict[str, Any]) -> None:
    listing = _operation(document, "", "get")
    parameters = _parameters(listing)
    assert {"cursor", "page_size", "ordering", "owner"} <= set(parameters)
    assert parameters["page_size"]["schema"]["maximum"] == 200
    assert parameters["ordering"]["schema"]["enum"] == [
        "name",
        "-name",
        "created_at",
        "-created_at",
    ]
    name = listing["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    page = document["components"]["schemas"][name.rsplit("/", 1)[1]]
    assert set(page["required"]) == {"next", "previous", "results"}


def test_conditions_and_keys_are_described(document: dict[str, Any]) -> None:
    assert _parameters(_operation(document, "{id}/", "patch"))["If-Match"]["required"]
    assert _parameters(_operation(document, "{id}/", "delete"))["If-Match"]["required"]
    assert "If-None-Match" in _parameters(_operation(document, "{id}/", "get"))
    assert "Idempotency-Key" in _parameters(_operation(document, "", "post"))
    assert "ETag" in _operation(document, "{id}/", "get")["responses"]["200"]["headers"]


def test_what_the_client_has_of_the_description_is_not_sent_again(client: Client) -> None:
    tag = client.get("/api/schema/")["ETag"]
    assert client.get("/api/schema/", HTTP_IF_NONE_MATCH=tag).status_code == 304


class _Silent(WSGIRequestHandler):
    def log_message(self, *_line: Any) -> None:
        """Keep the test's output to the test."""


@contextmanager
def _served() -> Iterator[str]:
    server = make_server(
        "127.0.0.1", 0, StaticFilesHandler(get_wsgi_application()), handler_class=_Silent
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_page_works_in_a_browser_under_its_own_policy(settings: Any, browser: Browser) -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    with _served() as address, browser.new_context() as context:
        page = context.new_page()
        complaints: list[str] = []
        asked: list[str] = []
        page.on("console", lambda line: complaints.append(f"{line.type}: {line.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/api/docs/")
        page.get_by_text("IaC Platform").first.wait_for()
        page.locator(".opblock-get").first.click()
        page.get_by_text("How many objects a page holds.").wait_for()
        assert page.evaluate("getComputedStyle(document.querySelector('.opblock-get')).display")
        assert not [text for text in complaints if text.startswith("error")]
        assert all(url.startswith((address, "data:")) for url in asked)
