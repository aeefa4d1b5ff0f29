from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from iac_platform.gateway.logs import redact
from tests.iac_platform.cache.conftest import acting_for

if TYPE_CHECKING:
    from django.test import Client
    from structlog.testing import LogCapture

    from tests.iac_platform.gateway.test_viewsets import Api, Notes

NOTES = "/api/v1/notes/"
TOKEN = "iacp_" + "Ab3" * 12


@pytest.mark.parametrize(
    "given_id", ["0123abcd", "trace-1.2_3", "a" * 64, "6f1c0f0e-8a56-4a0e-9d7b-0f3a6c2d9b11"]
)
def test_a_sane_request_id_is_kept(client: Client, given_id: str) -> None:
    response = client.get("/api/nowhere/", HTTP_X_REQUEST_ID=given_id)
    assert response["X-Request-ID"] == given_id
    assert response.json()["request_id"] == given_id


@pytest.mark.parametrize(
    "given_id", ["", "short", "a" * 65, "a b c d e f", "<script>x</script>", "ä" * 9]
)
def test_any_other_request_id_is_replaced(client: Client, given_id: str) -> None:
    made = client.get("/api/nowhere/", HTTP_X_REQUEST_ID=given_id)["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{32}", made)


def test_each_request_writes_one_line(api: Api, notes: Notes, log: LogCapture) -> None:
    note, tenant = notes(), uuid4()
    with acting_for(tenant):
        response = api("ann").get(f"{NOTES}{note.pk}/?token=hunter2")
    (line,) = [entry for entry in log.entries if entry["event"] == "request"]
    assert line["method"] == "GET"
    assert line["route"] == "api/v1/notes/(?P<pk>[^/.]+)/$"
    assert line["status"] == response.status_code
    assert line["ms"] > 0
    assert line["tenant_id"] == str(tenant)
    assert line["request_id"] == response["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f-]{36}", line["user_id"])
    assert "hunter2" not in str(log.entries)


def test_nothing_of_one_request_is_left_for_the_next(client: Client, log: LogCapture) -> None:
    with acting_for(uuid4()):
        client.get("/api/plain/get/")
    client.get("/nowhere/")
    first, second = [entry for entry in log.entries if entry["event"] == "request"]
    assert "tenant_id" in first
    assert "tenant_id" not in second
    assert structlog.contextvars.get_contextvars() == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("authorization", TOKEN),
        ("Cookie", f"sessionid={TOKEN}"),
        ("new_password", TOKEN),
        ("api_key", TOKEN),
        ("headers", {"Authorization": f"Bearer {TOKEN}", "Accept": "*/*"}),
        ("items", [{"client_secret": TOKEN}]),
        ("note", f"sent Bearer {TOKEN} to them"),
        ("note", f"Authorization: Basic {TOKEN}"),
        ("path", f"/acs?token={TOKEN}&a=1"),
        ("body", f'{{"password": "{TOKEN}"}}'),
        ("body", f"password={TOKEN};x"),
        ("dsn", f"postgres://iac_app:{TOKEN}@db:5432/iac"),
        ("dsn", f"redis://:{TOKEN}@cache/0"),
    ],
)
def test_secrets_are_redacted(name: str, value: Any) -> None:
    line = redact(None, "info", {"event": "x", name: value})
    assert TOKEN not in str(line)
    assert "[redacted]" in str(line)


@given(st.text())
def test_redaction_never_fails(text: str) -> None:
    assert redact(None, "info", {"event": text})


def test_ordinary_words_stay() -> None:
    line = {"event": "request", "route": "api/v1/tokens/", "ms": 1.5, "note": "basic network"}
    assert redact(None, "info", dict(line)) == line


_WRITES_LOG_LINES = f"""
import logging.config, structlog
from iac_platform.gateway.logs import logging_settings
logging.config.dictConfig(logging_settings(level="INFO"))
with structlog.contextvars.bound_contextvars(request_id="abc"):
    structlog.get_logger("iac_platform.x").info("ours", password="{TOKEN}")
    structlog.get_logger("iac_platform.x").debug("below the level")
    try:
        raise ValueError("token={TOKEN}")
    except ValueError:
        logging.getLogger("django.request").exception("Failed: %s", "postgres://a:b@c/d")
"""


def test_our_lines_and_djangos_are_json_with_the_request_id() -> None:
    """In a process of its own: logging is set up once per process."""
    written = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", _WRITES_LOG_LINES], check=True, capture_output=True, text=True
    ).stderr
    ours, djangos = map(json.loads, written.splitlines())
    assert (ours["event"], ours["request_id"], ours["level"]) == ("ours", "abc", "info")
    assert ours["password"] == "[redacted]"
    assert (djangos["request_id"], djangos["level"]) == ("abc", "error")
    assert djangos["event"] == "Failed: postgres://a:[redacted]@c/d"
    assert "Traceback" in djangos["exception"]
    assert TOKEN not in written


def test_answers_of_the_api_are_kept_by_nobody_unless_they_say_so(api: Api, notes: Notes) -> None:
    note = notes()
    listed, shown = api("ann").get(NOTES), api("ann").get(f"{NOTES}{note.pk}/")
    assert listed["Cache-Control"] == "no-store"
    assert shown["Cache-Control"] == "private, no-cache"
    assert listed["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_pages_may_load_what_is_served_from_here_alone(client: Client) -> None:
    response = client.get("/pages/fine/")
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "unsafe-inline" in client.get("/admin/")["Content-Security-Policy"]
