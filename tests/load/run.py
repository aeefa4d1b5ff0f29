"""Run one load test on servers of its own, or against a platform that runs already.

Starts PostgreSQL, PgBouncer, a cache and the web server on free loopback ports in a private folder,
makes tenants with people and blueprints, runs locust's users against them, and stops all that it
started, also after Ctrl-C. The results are in a folder below var/load/;
scripts/analyze-load-tests.py turns them into tables and graphs.

    python -m tests.load.run baseline --short
    python -m tests.load.run stress --users 200 --seconds 60
    python -m tests.load.run baseline --url http://127.0.0.1:8000 --accounts var/demo.json
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from deployment.local import pgbouncer, postgres, valkey
from deployment.local.errors import LocalServiceError
from deployment.local.laboratory import laboratory
from deployment.local.ports import LOOPBACK
from deployment.local.virtualenv import ROOT
from deployment.local.web_server import web_server
from tests.load import generator, measuring
from tests.load.errors import LoadTestError
from tests.load.people import read_people
from tests.load.plan import Plan
from tests.load.scenarios import SCENARIOS, Login, Scenario
from tests.load.usage import watching

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RESULTS = ROOT / "var" / "load"
WEB_WORKERS, WEB_THREADS = 2, 4
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Target:
    """The platform that is tested.

    Attributes:
        url: where it answers.
        pool_url: of PgBouncer's console; empty if it is not ours to ask.
        parts: the first process of each part that runs here.
    """

    url: str
    pool_url: str = ""
    parts: Mapping[str, int] = field(default_factory=dict)


def main() -> int:
    """Run what the command line asks for; non-zero if it could not be run."""
    options = _arguments()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        results = run(_scenario(options), options)
    except (LoadTestError, LocalServiceError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; all that was started has been stopped.", file=sys.stderr)
        return INTERRUPTED
    print(results)
    return 0


def run(scenario: Scenario, options: argparse.Namespace) -> Path:
    """Run a scenario; the folder with its results.

    Raises:
        LoadTestError, LocalServiceError: it cannot be run.
    """
    generator.require(scenario.users)
    results = _results_folder(scenario, options.results)
    with TemporaryDirectory(prefix="iac-load-") as private:
        people = options.accounts or Path(private) / "accounts.json"
        plan, file = Plan(scenario, options.seed, people.resolve()), Path(private) / "plan.json"
        plan.save(file)
        with _target(options, scenario, file, results) as target:
            _measured(plan, target, file, results)
    return results


def _measured(plan: Plan, target: Target, file: Path, results: Path) -> None:
    """Run the users, and note what the servers counted before and after."""
    scenario = plan.scenario
    about: dict[str, Any] = {
        "scenario": asdict(scenario),
        "seed": plan.seed,
        "command": shlex.join(["python", "-m", "tests.load.run", *sys.argv[1:]]),
        "began": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "own_servers": bool(target.parts),
        "machine": measuring.machine(),
        "before": _counts(target),
    }
    print(f"{scenario.users:,} users for {scenario.seconds} s; {results}/locust.log", flush=True)
    with generator.locust(scenario, url=target.url, plan=file, results=results) as process:
        parts = {**target.parts, "load generator": process.pid}
        with watching(parts, results / "usage.csv"):
            status = process.wait()
    if status:
        raise LoadTestError(f"locust ended with status {status}: {results}/locust.log")
    about["after"] = _counts(target)
    (results / "run.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def _counts(target: Target) -> dict[str, Any]:
    return {
        "cache": measuring.cache_counts(target.url),
        "pool": measuring.pool_counts(target.pool_url) if target.pool_url else None,
        "load_average": os.getloadavg()[0],
    }


@contextmanager
def _target(
    options: argparse.Namespace, scenario: Scenario, plan: Path, results: Path
) -> Iterator[Target]:
    if options.url:
        read_people(options.accounts, with_passwords=scenario.login == Login.PASSWORD)
        measuring.require_platform(options.url)
        yield Target(options.url.rstrip("/"), options.pool_url)
        return
    print("Starting PostgreSQL, PgBouncer and a cache", flush=True)
    with laboratory(options.folder) as environment:
        print(f"Making {scenario.tenants} tenants with {scenario.users:,} users", flush=True)
        _seed(environment, plan)
        folder = Path(environment["BENCH_FOLDER"])
        counters = folder / "metrics"
        counters.mkdir()
        with web_server(
            {**environment, "PROMETHEUS_MULTIPROC_DIR": str(counters)},
            results / "web.log",
            workers=WEB_WORKERS,
            threads=WEB_THREADS,
        ) as web:
            yield Target(
                f"http://{LOOPBACK}:{web.port}",
                environment["BENCH_POOL_URL"],
                {"web": web.process.pid, **_servers(folder)},
            )


def _seed(environment: Mapping[str, str], plan: Path) -> None:
    seeded = subprocess.run(  # noqa: S603  # our own module
        [sys.executable, "-m", "tests.load.seeding", str(plan)],
        check=False,
        cwd=ROOT,
        env=dict(environment),
    )
    if seeded.returncode:
        raise LoadTestError("The tenants of the test could not be made; see above.")


def _servers(folder: Path) -> dict[str, int]:
    running = {
        "PostgreSQL": postgres.running(folder / "postgres"),
        "PgBouncer": pgbouncer.running(folder / "pgbouncer"),
        "cache": valkey.running(folder / "valkey"),
    }
    return {name: server.process.pid for name, server in running.items() if server}


def _results_folder(scenario: Scenario, wanted: Path | None) -> Path:
    folder = wanted or RESULTS / f"{scenario.name}-{time.strftime('%Y-%m-%d-%H%M%S')}"
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise LoadTestError(f"{folder} is not empty: name another folder for the results.")
    return folder.resolve()


def _scenario(options: argparse.Namespace) -> Scenario:
    chosen = SCENARIOS[options.scenario]
    if options.short:
        chosen = chosen.short()
    given = {
        name: value
        for name in ("users", "spawn_rate", "seconds", "actions", "login", "tenants", "processes")
        if (value := getattr(options, name)) is not None
    }
    return replace(chosen, **given)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.load.run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scenario", choices=sorted(SCENARIOS))
    parser.add_argument("--short", action="store_true", help="5 users for 15 seconds")
    parser.add_argument("--users", type=_positive, help="instead of the scenario's")
    parser.add_argument("--spawn-rate", type=float, help="users that begin in each second")
    parser.add_argument("--seconds", type=_positive, help="how long it lasts")
    parser.add_argument("--actions", type=_positive, help="after which a user stops")
    parser.add_argument("--tenants", type=_positive, help="of servers of its own")
    parser.add_argument("--processes", type=_positive, help="of the load generator")
    parser.add_argument("--login", type=Login, choices=list(Login), help="how users sign in")
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn")
    parser.add_argument("--url", default="", help="of a platform that runs already")
    parser.add_argument(
        "--accounts", type=Path, help="its tenants and people, as var/demo.json has them"
    )
    parser.add_argument("--pool-url", default="", help="of its PgBouncer's console")
    parser.add_argument("--results", type=Path, help="an empty folder for the results")
    parser.add_argument("--folder", type=Path, help="where the data lie; on a real disk")
    options = parser.parse_args()
    if bool(options.url) != bool(options.accounts):
        parser.error("--url and --accounts go together.")
    return options


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
