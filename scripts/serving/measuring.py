"""Requests under load; see bench_requests.py."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import django

HERE = Path(__file__).resolve().parent
os.environ["DJANGO_SETTINGS_MODULE"] = "bench_settings"
django.setup()

from processor_time import Sampler  # noqa: E402

from blueprints.catalog.services.blueprints import create_blueprint  # noqa: E402
from blueprints.catalog.services.projects import create_project  # noqa: E402
from deployment.local import processes  # noqa: E402
from deployment.local.ports import LOOPBACK, free_port  # noqa: E402
from deployment.local.web_server import lives, web_server  # noqa: E402
from iac_platform.common.audit import SystemActor  # noqa: E402
from rbac.services.tokens import create_token  # noqa: E402
from rbac.services.users import create_user  # noqa: E402
from tenants.context import tenant_scope  # noqa: E402
from tenants.database.roles import as_owner  # noqa: E402
from tenants.models import PLATFORM_TENANT_ID, Tenant, Tier  # noqa: E402
from tenants.operations.upkeep import provision_pending  # noqa: E402
from tenants.tenants.services import create_tenant  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

ROOT = HERE.parents[1]
FOLDER = Path(os.environ["BENCH_FOLDER"])
ACTOR = SystemActor("bench")
DOCUMENT = {
    "cloud": "aws",
    "region": "eu-central-1",
    "components": [{"id": "files", "type": "object_storage"}],
}
BLUEPRINTS = 25
# A request with a cookie is never answered from what is kept.
NOT_KEPT = "bench=1"
DRAWN = 20_000
WRITES = 0.05


class Caller(NamedTuple):
    """A tenant's engineer, and what there is to ask for."""

    host: str
    token: str
    project: str
    blueprints: list[str]


class Load(NamedTuple):
    """What one measurement sends.

    Attributes:
        name: what it is called in the table.
        lines: the requests, for ``mix.lua``.
    """

    name: str
    lines: list[str]


# --- What there is ----------------------------------------------------------------------
def make_callers(tenants: int) -> list[Caller]:
    """Tenants of both tiers in turn, each with an engineer and some blueprints."""
    with as_owner():
        platform = Tenant.objects.select_related("placement").get(pk=PLATFORM_TENANT_ID)
        tiers = itertools.cycle((Tier.STANDARD, Tier.ENTERPRISE))
        with tenant_scope(platform):
            made = [
                create_tenant(slug=f"bench-{n}", name="Bench", tier=next(tiers), actor=ACTOR)
                for n in range(tenants)
            ]
        provision_pending()
    found = Tenant.objects.select_related("placement", "plan")
    return [_make_caller(found.get(pk=tenant.pk)) for tenant in made]


def _make_caller(tenant: Tenant) -> Caller:
    with tenant_scope(tenant):
        user = create_user(username="engineer", roles=["system-engineer"], actor=ACTOR)
        _, token = create_token(user, name="bench", actor=ACTOR)
        project = create_project(name="Bench", actor=user)
        blueprints = [
            create_blueprint(project, name=f"Blueprint {n}", document=DOCUMENT, actor=user)
            for n in range(BLUEPRINTS)
        ]
    host = f"{tenant.slug}.{os.environ['BASE_DOMAIN']}"
    return Caller(host, token, str(project.pk), [str(each.pk) for each in blueprints])


# --- What is sent -----------------------------------------------------------------------
def loads(callers: list[Caller]) -> Iterator[Load]:
    """Each kind of read alone, kept and not, and the mixes."""
    one = callers[0]
    address = f"/api/v1/blueprints/{one.blueprints[0]}/"
    alone = {
        "list of 25": "/api/v1/blueprints/?page_size=25",
        "detail": address,
        "version": f"{address}versions/1/",
        "code": f"{address}versions/1/code",
    }
    for name, path in alone.items():
        yield Load(f"{name}, cached", [_get(one, path)])
        yield Load(f"{name}, made anew", [_get(one, path, NOT_KEPT)])
    yield Load("create", [_create(one)])
    yield Load("reads of all, Zipf", _mix(callers, writes=0))
    yield Load(f"reads of all, Zipf, {WRITES:.0%} creates", _mix(callers, writes=WRITES))


def _mix(callers: list[Caller], *, writes: float) -> list[str]:
    """Requests of many tenants, of which the first are asked much more often (Zipf, s = 1)."""
    draw = random.Random(7)  # noqa: S311  # the same load in every run
    weights = [1 / (rank + 1) for rank in range(len(callers))]
    return [
        _create(caller) if draw.random() < writes else _read(draw, caller)
        for caller in draw.choices(callers, weights, k=DRAWN)
    ]


def _read(draw: random.Random, caller: Caller) -> str:
    weights = [1 / (rank + 1) for rank in range(len(caller.blueprints))]
    address = f"/api/v1/blueprints/{draw.choices(caller.blueprints, weights)[0]}/"
    paths = ["/api/v1/blueprints/?page_size=25", address, f"{address}versions/1/code"]
    return _get(caller, draw.choices(paths, [35, 45, 20])[0])


def _get(caller: Caller, path: str, cookie: str = "-") -> str:
    return f"GET {caller.host} {caller.token} {cookie} {path}"


def _create(caller: Caller) -> str:
    document = {"cloud": "aws", "region": "eu-central-1", "components": []}
    body = json.dumps({"name": "New @", "project": caller.project, "document": document})
    return f"POST {caller.host} {caller.token} - /api/v1/blueprints/ {body}"


# --- How it is served -------------------------------------------------------------------
@contextmanager
def granian(program: Path) -> Iterator[int]:
    """Serve the platform with granian; yields its port."""
    port = free_port()
    command = (
        *(str(program), "--interface", "wsgi", "--host", LOOPBACK, "--port", str(port)),
        *("--workers", "2", "--blocking-threads", "4", "--no-ws", "--log-level", "warning"),
        "iac_platform.wsgi:application",
    )
    # The program may live in an environment of its own: the platform's packages are ours.
    environment = {**_environment(), "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    log = FOLDER / "granian.log"
    process = processes.spawn(command, log=log, folder=ROOT, environment=environment)
    try:
        processes.wait_until_ready(
            process, lambda: lives(port), name="granian", log=log, seconds=60
        )
        yield port
    finally:
        processes.stop(process)


@contextmanager
def gunicorn() -> Iterator[int]:
    """Serve the platform with gunicorn, as production does; yields its port."""
    with web_server(_environment(), FOLDER / "gunicorn.log") as web:
        yield web.port


def _environment() -> dict[str, str]:
    return {**os.environ, "LOG_LEVEL": "INFO", "PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}"}


# --- Measuring --------------------------------------------------------------------------
def measure(load: Load, port: int, options: argparse.Namespace) -> str:
    """Send a load and return its line of the table."""
    requests = FOLDER / "requests.txt"
    requests.write_text("\n".join(load.lines) + "\n")
    command = [
        *("wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds}s"),
        *("-s", str(HERE / "mix.lua"), f"http://{LOOPBACK}:{port}"),
        *("--", str(requests)),
    ]
    sampler = Sampler(FOLDER, port, urlsplit(os.environ["REDIS_URL"]).port)
    shown = subprocess.run(  # noqa: S603  # a fixed program and our own options
        command, check=True, capture_output=True, text=True
    ).stdout
    used = sampler.used()
    result = next(line for line in shown.splitlines() if line.startswith("RESULT"))
    count, microseconds, errors, *percentiles = (int(each) for each in result.split()[1:])
    per_request = {part: seconds / max(count, 1) * 1e6 for part, seconds in used.items()}
    cells = [
        load.name,
        f"{count / microseconds * 1e6:,.0f}",
        *(f"{each / 1000:.1f}" for each in percentiles),
        *(f"{per_request[part]:,.0f}" for part in Sampler.PARTS),
        f"{sum(per_request.values()):,.0f}",
        str(errors),
    ]
    return f"| {' | '.join(cells)} |"


COLUMNS = ("load", "requests/s", "p50 ms", "p95 ms", "p99 ms")
CPU_COLUMNS = ("web µs", "PostgreSQL µs", "PgBouncer µs", "Redis µs", "CPU µs", "errors")


def head() -> str:
    """The first lines of a table."""
    columns = (*COLUMNS, *CPU_COLUMNS)
    return f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"


def main() -> int:
    """Make what is asked for, serve it and print the tables."""
    parser = argparse.ArgumentParser()
    for name in ("seconds", "tenants", "connections"):
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--granian", type=Path)
    options = parser.parse_args()
    callers = make_callers(options.tenants)
    servers: dict[str, Callable[[], AbstractContextManager[int]]] = {
        "gunicorn, gthread, 2 workers": gunicorn
    }
    if options.granian:
        servers["granian, 2 workers"] = lambda: granian(options.granian)
    for name, serve in servers.items():
        print(f"\n{name}; load average {os.getloadavg()[0]:.1f}\n\n{head()}", flush=True)
        with serve() as port:
            for load in loads(callers):
                print(measure(load, port, options), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
