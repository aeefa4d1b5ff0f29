"""Servers of these tests' own, which they may stop: PostgreSQL, PgBouncer and the web server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from deployment.local import pgbouncer, postgres
from deployment.local.laboratory import POSTGRES_SETTINGS, laboratory
from deployment.local.ports import LOOPBACK
from deployment.local.web_server import web_server
from tests.services import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

_MAKE = """
import django, json
django.setup()
from making import accounts
print(json.dumps([[account.host, account.tokens[0]] for account in accounts(1)]))
"""


@dataclass(frozen=True)
class Answer:
    """A response."""

    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


@dataclass
class Laboratory:
    """The servers, and how to stop and start them."""

    environment: dict[str, str]

    def __post_init__(self) -> None:
        self.folder = Path(self.environment["BENCH_FOLDER"])

    def stop_database(self) -> None:
        """End PostgreSQL and every session."""
        postgres.stop(self.folder / "postgres")

    def start_database(self) -> None:
        """Start PostgreSQL where it was."""
        postgres.start(self.folder / "postgres", settings=POSTGRES_SETTINGS)

    def stop_pooler(self) -> None:
        """End PgBouncer and every session."""
        pgbouncer.stop(self.folder / "pgbouncer")

    def start_pooler(self) -> None:
        """Start PgBouncer where it was."""
        url = self.environment
        password = psycopg.conninfo.conninfo_to_dict(url["BENCH_DIRECT_URL"])["password"]
        server = postgres.running(self.folder / "postgres")
        assert server is not None
        users = {"iac_app": str(password)}
        pgbouncer.start(
            self.folder / "pgbouncer", postgres_port=server.port, users=users, pool_size=2
        )

    def as_superuser(self, *statements: str) -> None:
        """Run statements, each in a transaction of its own."""
        url = make_conninfo(self.environment["BENCH_ADMIN_URL"], dbname="iac")
        writable = "-c default_transaction_read_only=off"
        with psycopg.connect(url, autocommit=True, options=writable) as superuser:
            for statement in statements:
                superuser.execute(statement)

    def end_sessions(self) -> None:
        """Terminate every backend of the application."""
        self.as_superuser(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'iac_app'"
        )


@dataclass(frozen=True)
class Site:
    """The platform at one tenant's host, as its admin and as a browser."""

    laboratory: Laboratory
    pooled: bool
    port: int
    host: str
    token: str

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send one request on a connection of its own."""
        connection = HTTPConnection(LOOPBACK, self.port, timeout=60)
        sent = {"Host": self.host, "Content-Type": "application/json", **headers}
        if path.startswith("/api/"):
            sent["Authorization"] = f"Bearer {self.token}"
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        """GET what the database says now: with a cookie, no cached response is given."""
        return self.send("GET", path, Cookie="asks=the-database")

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        """POST."""
        return self.send("POST", path, body, **headers)


@pytest.fixture(scope="package")
def the_laboratory() -> Iterator[Laboratory]:
    """The servers, set up and migrated."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "scripts" / "failures")])
    with laboratory(pool_size=2) as environment:
        yield Laboratory(environment | {"PYTHONPATH": path})


@pytest.fixture(scope="package")
def credentials(the_laboratory: Laboratory) -> list[tuple[str, str]]:
    """Host and token of tenants of both tiers."""
    made = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", _MAKE],
        check=True,
        cwd=ROOT,
        env=the_laboratory.environment,
        stdout=subprocess.PIPE,
    )
    return [(host, token) for host, token in json.loads(made.stdout)]


@pytest.fixture(scope="package", params=["direct", "pooled"])
def site(
    request: pytest.FixtureRequest,
    the_laboratory: Laboratory,
    credentials: list[tuple[str, str]],
) -> Iterator[Site]:
    """The platform, connected to PostgreSQL or through PgBouncer with two connections."""
    environment = dict(the_laboratory.environment)
    if request.param == "direct":
        environment["DATABASE_URL"] = environment["BENCH_DIRECT_URL"]
    log = the_laboratory.folder / f"web-{request.param}.log"
    with web_server(environment, log) as web:
        yield Site(the_laboratory, request.param == "pooled", web.port, *credentials[0])
