from __future__ import annotations

import threading
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ImproperlyConfigured

from iac_platform.metrics import checks
from iac_platform.metrics.readiness import READINESS_CHECKS, ReadinessCheck

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client
    from structlog.testing import LogCapture

_release = threading.Event()
_started: list[int] = []


def passes() -> None:
    """All is well."""


def fails() -> None:
    raise OSError("could not connect to postgresql://iac:hunter2@db.internal")


def hangs() -> None:
    _started.append(1)
    _release.wait(10)


@contextmanager
def _checks(**checks: ReadinessCheck) -> Iterator[None]:
    with READINESS_CHECKS.overridden({**checks, "migrations": ReadinessCheck(passes, 5.0)}):
        yield


def _status(client: Client) -> tuple[int, str, dict[str, str]]:
    response = client.get("/readyz", REMOTE_ADDR="10.0.0.9")
    body = response.json()
    return (
        response.status_code,
        body["status"],
        {check["name"]: check["status"] for check in body["checks"]},
    )


def test_the_process_lives_whatever_the_host_and_without_the_database(client: Client) -> None:
    response = client.get("/healthz", HTTP_HOST="203.0.113.7")
    assert (response.status_code, response.json()) == (HTTPStatus.OK, {"status": "ok"})
    assert client.post("/healthz").status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_it_is_ready_when_every_check_passes(client: Client) -> None:
    with _checks(passes=ReadinessCheck(passes, 5.0)):
        assert _status(client) == (HTTPStatus.OK, "ok", {"passes": "ok", "migrations": "ok"})


def test_a_required_part_that_fails_takes_the_process_out_of_service(client: Client) -> None:
    with _checks(passes=ReadinessCheck(passes, 5.0), fails=ReadinessCheck(fails, 5.0)):
        assert _status(client) == (
            HTTPStatus.SERVICE_UNAVAILABLE,
            "unavailable",
            {"passes": "ok", "fails": "failed", "migrations": "ok"},
        )


def test_an_optional_part_that_fails_only_degrades_it(client: Client) -> None:
    with _checks(fails=ReadinessCheck(fails, 5.0, required=False)):
        assert _status(client) == (
            HTTPStatus.OK,
            "degraded",
            {"fails": "failed", "migrations": "ok"},
        )


def test_causes_are_neither_shown_nor_logged_with_credentials(
    client: Client, log: LogCapture
) -> None:
    with _checks(fails=ReadinessCheck(fails, 5.0)):
        page = client.get("/readyz").text
    assert "hunter2" not in page
    assert "db.internal" not in page
    assert "hunter2" not in str(log.entries)
    assert [(entry["event"], entry["error"]) for entry in log.entries] == [("not_ready", "OSError")]


def test_a_hanging_part_is_given_up_on_and_not_started_twice(client: Client) -> None:
    _started.clear()
    _release.clear()
    try:
        with _checks(hangs=ReadinessCheck(hangs, 0.05)):
            for _ in range(3):
                assert _status(client)[2]["hangs"] == "timeout"
        assert len(_started) == 1
    finally:
        _release.set()


def test_nobody_is_ready_before_an_app_says_what_migrated_means(client: Client) -> None:
    with (
        READINESS_CHECKS.overridden({"passes": ReadinessCheck(passes, 5.0)}),
        pytest.raises(ImproperlyConfigured, match="readiness check migrations"),
    ):
        client.get("/readyz")


@pytest.mark.django_db
def test_the_database_answers() -> None:
    checks.database_answers()
