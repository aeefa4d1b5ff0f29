"""What clients get while the database is away, and after it is back."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.tenants.outages.conftest import Answer, Site

pytestmark = pytest.mark.needs("pgbouncer")

PROJECTS = "/api/v1/projects/"
PAGE = "/login/"
# More than the web server has threads, so that each of them has a connection.
WARMING = 40
REQUESTS = 24
# Measured: 2 seconds; on a machine that is busy with other things it is more.
SECONDS_TO_RECOVER = 60


def project() -> dict[str, str]:
    return {"name": f"Project {secrets.token_hex(6)}"}


def everybody_connects(site: Site) -> None:
    is_read_from_again(site)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: site.get(PROJECTS).status, range(WARMING)))
    assert set(answers) == {200}


def assert_unavailable(answer: Answer, code: str = "unavailable") -> None:
    assert (answer.status, answer.json()["code"]) == (503, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0


def assert_unavailable_page(answer: Answer) -> None:
    assert answer.status == 503
    assert answer.headers["Content-Type"].startswith("text/html")
    assert int(answer.headers["Retry-After"]) > 0
    assert b"Temporarily unavailable" in answer.body


def is_read_from_again(site: Site) -> None:
    """The pooler tries a server that failed again after a second, and refuses till then."""
    deadline = time.monotonic() + SECONDS_TO_RECOVER
    while site.get(PROJECTS).status != 200:
        assert time.monotonic() < deadline


def assert_serves(site: Site) -> None:
    is_read_from_again(site)
    assert site.get(PROJECTS).status == 200
    assert site.get(PAGE).status == 200
    assert site.post(PROJECTS, project()).status == 201


def test_a_restart_costs_no_request(site: Site) -> None:
    everybody_connects(site)
    site.laboratory.stop_database()
    site.laboratory.start_database()
    with ThreadPoolExecutor(4) as pool:
        reads = list(pool.map(lambda _: site.get(PROJECTS).status, range(REQUESTS)))
        writes = list(pool.map(lambda _: site.post(PROJECTS, project()).status, range(8)))
    assert (set(reads), set(writes)) == ({200}, {201})


def test_ended_sessions_cost_no_request(site: Site) -> None:
    everybody_connects(site)
    site.laboratory.end_sessions()
    answers = [site.post(PROJECTS, project()).status for _ in range(REQUESTS)]
    assert set(answers) == {201}


def test_while_the_database_is_down_everything_says_when_to_come_back(site: Site) -> None:
    everybody_connects(site)
    assert [site.send("GET", PROJECTS).status for _ in range(2)] == [200, 200]
    site.laboratory.stop_database()
    try:
        assert_unavailable(site.get(PROJECTS))
        assert_unavailable(site.post(PROJECTS, project()))
        assert_unavailable_page(site.get(PAGE))
        assert site.get("/healthz").status == 200
        # Nothing can have changed meanwhile.
        assert site.send("GET", PROJECTS).status == 200
    finally:
        site.laboratory.start_database()
    assert_serves(site)


def test_a_pooler_that_is_down_is_like_the_database(site: Site) -> None:
    everybody_connects(site)
    site.laboratory.stop_pooler()
    try:
        if site.pooled:
            assert_unavailable(site.get(PROJECTS))
            assert_unavailable(site.post(PROJECTS, project()))
            assert_unavailable_page(site.get(PAGE))
        else:
            assert_serves(site)
    finally:
        site.laboratory.start_pooler()
    assert_serves(site)


@pytest.fixture
def _no_connection_to_be_had(site: Site) -> Iterator[None]:
    site.laboratory.as_superuser("ALTER ROLE iac_app CONNECTION LIMIT 0")
    site.laboratory.end_sessions()
    yield
    site.laboratory.as_superuser("ALTER ROLE iac_app CONNECTION LIMIT -1")


@pytest.mark.usefixtures("_no_connection_to_be_had")
def test_a_server_without_a_free_connection(site: Site) -> None:
    assert_unavailable(site.get(PROJECTS))
    assert_unavailable(site.post(PROJECTS, project()))
    assert_unavailable_page(site.get(PAGE))
    site.laboratory.as_superuser("ALTER ROLE iac_app CONNECTION LIMIT -1")
    assert_serves(site)


@pytest.fixture
def _read_only(site: Site) -> Iterator[None]:
    site.laboratory.as_superuser("ALTER DATABASE iac SET default_transaction_read_only = on")
    site.laboratory.end_sessions()
    is_read_from_again(site)
    yield
    site.laboratory.as_superuser("ALTER DATABASE iac RESET default_transaction_read_only")
    site.laboratory.end_sessions()


@pytest.mark.usefixtures("_read_only")
def test_a_server_that_takes_no_writes_is_read_from(site: Site) -> None:
    assert site.get(PROJECTS).status == 200
    assert site.get(PAGE).status == 200
    answer = site.post(PROJECTS, project())
    assert_unavailable(answer)
    assert "Nothing can be changed for a moment" in answer.json()["detail"]
