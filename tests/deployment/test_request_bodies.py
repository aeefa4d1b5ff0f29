"""What is sent arrives, whoever serves it: bodies in chunks are read, or refused, never dropped.

On real servers, each directly and behind nginx with the configuration of production.
"""

from __future__ import annotations

import json
import os
import re
import socket
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from blueprints.catalog.models import Project
from deployment.local import processes, system_programs
from deployment.local.ports import LOOPBACK, exchange, free_port
from deployment.server.commands import Serving
from rbac.services.tokens import create_token
from rbac.services.users import create_user
from tenants.context import tenant_scope
from tests.api_client import host_of
from tests.conftest import ACTOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenants.models import Tenant
    from tests.throwaway import ThrowawayTenants

ROOT = Path(__file__).parents[2]
SERVERS = ("granian", "gunicorn")
KIB = 1024


def _answers(port: int) -> bool:
    return b" 200 " in exchange(
        port, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )


@contextmanager
def _running(name: str, command: tuple[str | Path, ...], folder: Path, port: int) -> Iterator[None]:
    log = folder / f"{name}.log"
    process = processes.spawn(command, log=log, folder=ROOT, environment=dict(os.environ))
    try:
        processes.wait_until_ready(
            process, lambda: _answers(port), name=name, log=log, seconds=120.0
        )
        yield
    finally:
        processes.stop(process)


@pytest.fixture(scope="module", params=SERVERS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    """The port of an application server."""
    port = free_port()
    command = Serving(request.param, 1, 2, f"{LOOPBACK}:{port}").command()
    with _running(request.param, command, tmp_path_factory.mktemp("server"), port):
        yield port


@pytest.fixture(scope="module")
def proxy(server: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of nginx in front of it, configured as in production but for TLS."""
    nginx = system_programs.nginx()
    assert nginx is not None  # or the test would have been skipped
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(_configuration(folder, port, server), encoding="utf-8")
    command = (nginx, "-c", configuration, "-p", folder, "-e", folder / "error.log")
    with _running("nginx", command, folder, port):
        yield port


def _configuration(folder: Path, port: int, server: int) -> str:
    template = (ROOT / "deployment/nginx/iac.conf.template").read_text(encoding="utf-8")
    site = template[: template.index("server {\n    listen 80;")]
    site = re.sub(r"    (ssl_|http2 ).*\n", "", site).replace("${BASE_DOMAIN}", "iac.test")
    site = site.replace("listen 443 ssl", f"listen {LOOPBACK}:{port}")
    site = site.replace("http://web:8000", f"http://{LOOPBACK}:{server}")
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off;\nuser {_user()};\npid {folder}/pid;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}{site}}}\n"
    )


def _user() -> str:
    return "root" if os.geteuid() == 0 else os.environ.get("USER", "nobody")


@pytest.fixture(params=["directly", pytest.param("behind-nginx", marks=pytest.mark.needs("nginx"))])
def port(request: pytest.FixtureRequest, server: int) -> int:
    if request.param == "directly":
        return server
    found: int = request.getfixturevalue("proxy")
    return found


class Caller:
    """Somebody with a token, who sends bodies without saying how long they are."""

    def __init__(self, tenant: Tenant, port: int) -> None:
        self.tenant, self.port = tenant, port
        with tenant_scope(tenant):
            user = create_user(username="caller", roles=["admin"], actor=ACTOR)
            self.token_row, self.token = create_token(user, name="tests", actor=ACTOR)

    def headers(self, *, signed: bool = True) -> dict[str, str]:
        given = {
            "Host": host_of(self.tenant),
            "Content-Type": "application/json",
            "If-Match": "*",
            "X-Forwarded-Proto": "https",
        }
        return given | ({"Authorization": f"Bearer {self.token}"} if signed else {})

    def send(self, method: str, path: str, content: Any, *, signed: bool = True) -> tuple[int, Any]:
        """Send a body in chunks of a few bytes; the answer's status and document."""
        text = content if isinstance(content, bytes) else json.dumps(content).encode()
        step = max(7, len(text) // 50)
        chunks = (text[start : start + step] for start in range(0, len(text), step))
        connection = HTTPConnection(LOOPBACK, self.port, timeout=60)
        try:
            headers = self.headers(signed=signed) | {"Transfer-Encoding": "chunked"}
            connection.request(method, path, chunks, headers, encode_chunked=True)
            response = connection.getresponse()
            read = response.read()
            return response.status, json.loads(read) if read else None
        finally:
            connection.close()

    def project(self) -> Project:
        with tenant_scope(self.tenant):
            return Project.objects.get()


@pytest.fixture
def caller(committed_tenants: ThrowawayTenants, port: int) -> Caller:
    assert not settings.SECURE
    return Caller(committed_tenants(), port)


def test_every_method_reads_what_comes_in_chunks(caller: Caller) -> None:
    status, made = caller.send("POST", "/api/v1/projects/", {"name": "Shop"})
    assert (status, made["name"]) == (201, "Shop")
    path = f"/api/v1/projects/{made['id']}/"
    assert caller.send("PATCH", path, {"description": "Sells"})[0] == 200
    assert caller.project().description == "Sells"
    assert caller.send("PATCH", path, {"nonsense": 1})[0] == 400
    assert caller.send("DELETE", path, {"force": True})[0] == 400
    assert caller.project().name == "Shop"
    assert caller.send("DELETE", path, {})[0] == 204


def test_a_rotation_without_a_grace_period_leaves_no_old_token(caller: Caller) -> None:
    path = f"/api/v1/tokens/{caller.token_row.pk}/rotate/"
    status, rotated = caller.send("POST", path, {"grace_period_seconds": 0})
    assert status == 201
    assert caller.send("POST", "/api/v1/projects/", {"name": "Shop"})[0] == 401
    caller.token = rotated["token"]
    assert caller.send("POST", "/api/v1/projects/", {"name": "Shop"})[0] == 201


def test_a_large_body_in_chunks_is_refused(caller: Caller) -> None:
    members = {f"member-{number}": number for number in range(3_000)}
    status, _ = caller.send("POST", "/api/v1/tokens/revoke/", members, signed=False)
    assert status == 413
    status, problem = caller.send("POST", "/api/v1/projects/", members)
    assert (status, len(problem["errors"])) == (400, 100)
    long = {"name": "Shop", "description": "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE}
    assert caller.send("POST", "/api/v1/projects/", long)[0] == 413


@pytest.mark.parametrize("rest", [b"13\r\n", b"zz\r\n{}\r\n0\r\n\r\n", b"2\r\n{}x\r\n"])
def test_what_breaks_off_or_is_malformed_changes_nothing(caller: Caller, rest: bytes) -> None:
    lines = [f"{name}: {value}" for name, value in caller.headers().items()]
    head = ["POST /api/v1/projects/ HTTP/1.1", *lines, "Transfer-Encoding: chunked", "", ""]
    with socket.create_connection((LOOPBACK, caller.port), timeout=60) as connection:
        connection.sendall("\r\n".join(head).encode() + rest)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(KIB)
    assert not answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 5"))
    with tenant_scope(caller.tenant):
        assert not Project.objects.exists()


def test_a_body_without_its_end_is_no_body_however_complete_it_looks(
    caller: Caller, request: pytest.FixtureRequest
) -> None:
    if request.node.callspec.params == {"server": "granian", "port": "directly"}:
        pytest.skip("granian 2.8 takes the end of the connection for the end of the body.")
    test_what_breaks_off_or_is_malformed_changes_nothing(caller, b'13\r\n{"name": "Shop"}  \r\n')


def test_two_lengths_are_not_two_requests(caller: Caller) -> None:
    """``Content-Length`` beside chunks: no server may see one request and we another."""
    lines = [f"{name}: {value}" for name, value in caller.headers().items()]
    hidden = b"POST /api/v1/projects/ HTTP/1.1\r\nHost: x\r\n\r\n"
    head = ["POST /api/v1/projects/ HTTP/1.1", *lines, "Content-Length: 6"]
    head += ["Transfer-Encoding: chunked", "Connection: close", "", ""]
    with socket.create_connection((LOOPBACK, caller.port), timeout=60) as connection:
        connection.sendall("\r\n".join(head).encode() + b"0\r\n\r\n" + hidden)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(4 * KIB):
            answer += piece
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert not answer.startswith(b"HTTP/1.1 2")
    with tenant_scope(caller.tenant):
        assert not Project.objects.exists()
