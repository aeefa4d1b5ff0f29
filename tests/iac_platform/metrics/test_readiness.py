from __future__ import annotations

import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from iac_platform.metrics import checks

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.test import Client
    from pytest_django.fixtures import Settings
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


def _spec(check: str, *, required: bool, timeout: float = 5.0) -> dict[str, Any]:
    return {
        "name": check,
        "check": f"{__name__}.{check}",
        "required": required,
        "timeout": timeout,
    }


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


def test_all_is_well_when_every_check_passes(client: Client, settings: Settings) -> None:
    settings.READINESS_CHECKS = [_spec("passes", required=True)]
    assert _status(client) == (HTTPStatus.OK, "ok", {"passes": "ok"})


def test_a_required_part_that_fails_takes_the_process_out_of_service(
    client: Client, settings: Settings
) -> None:
    settings.READINESS_CHECKS = [_spec("passes", required=True), _spec("fails", required=True)]
    assert _status(client) == (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "unavailable",
        {"passes": "ok", "fails": "failed"},
    )


def test_an_optional_part_that_fails_only_degrades_it(client: Client, settings: Settings) -> None:
    settings.READINESS_CHECKS = [_spec("passes", required=True), _spec("fails", required=False)]
    assert _status(client) == (HTTPStatus.OK, "degraded", {"passes": "ok", "fails": "failed"})


def test_causes_are_neither_shown_nor_logged_with_credentials(
    client: Client, settings: Settings, log: LogCapture
) -> None:
    settings.READINESS_CHECKS = [_spec("fails", required=True)]
    page = client.get("/readyz").text
    assert "hunter2" not in page
    assert "db.internal" not in page
    assert "hunter2" not in str(log.entries)
    assert [(entry["event"], entry["error"]) for entry in log.entries] == [("not_ready", "OSError")]


def test_a_hanging_part_is_given_up_on_and_not_started_twice(
    client: Client, settings: Settings
) -> None:
    _started.clear()
    _release.clear()
    settings.READINESS_CHECKS = [_spec("hangs", required=True, timeout=0.05)]
    try:
        for _ in range(3):
            assert _status(client)[2] == {"hangs": "timeout"}
        assert len(_started) == 1
    finally:
        _release.set()


@pytest.mark.django_db
def test_the_database_answers() -> None:
    checks.database_answers()


def test_pending_migrations_are_counted_until_all_are_recorded(
    scratch: BaseDatabaseWrapper,
) -> None:
    recorder = MigrationRecorder(scratch)
    recorder.ensure_schema()
    disk = MigrationLoader(None).disk_migrations
    assert checks.pending_migrations(scratch) == len(disk) > 0
    for app, name in disk:
        recorder.record_applied(app, name)
    assert checks.pending_migrations(scratch) == 0
