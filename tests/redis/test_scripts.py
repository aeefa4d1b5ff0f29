"""The shell scripts beside this file, against a real server and against none."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis

from tests.ci import skip_where_missing
from tests.iac_platform.cache.redis_server import BINARY, RedisServer

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent
BASIC, BENCHMARK = "basic-operations.sh", "performance-benchmark.sh"
SCRIPTS = [BASIC, BENCHMARK]
SMALL = ["--requests", "2000", "--clients", "5", "--keys", "100"]
NOBODY_THERE = "redis://:secret@127.0.0.1:1/0"
SECONDS = 60.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A server with somebody else's key, which must stay."""
    if None in (BINARY, shutil.which("redis-cli"), shutil.which("redis-benchmark")):
        skip_where_missing("needs redis-server, redis-cli and redis-benchmark on the PATH")
    own = RedisServer(tmp_path_factory.mktemp("redis"))
    own.start()
    yield own
    own.kill()


@pytest.fixture
def others(server: RedisServer) -> Iterator[Redis]:
    """Whoever else uses the server: of their keys the scripts leave each as it was."""
    with Redis(port=server.port, decode_responses=True) as client:
        client.set("one", "somebody else's")
        yield client
        client.config_set("requirepass", "")
        assert client.keys() == ["one"]
        assert client.get("one") == "somebody else's"
        client.flushall()


def _environment(**variables: str) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if k not in {"REDIS_URL", "CONTAINER"}}
    return inherited | variables


def _run(script: str, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    options = options or tuple(SMALL if script == BENCHMARK else ())
    return subprocess.run(  # noqa: S603  # our own script
        [FOLDER / script, *options],
        env=_environment(**variables),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.mark.usefixtures("others")
def test_basic_operations_are_all_right(server: RedisServer) -> None:
    done = _run(BASIC, REDIS_URL=server.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("24 right, 0 wrong\n")


@pytest.mark.usefixtures("others")
def test_the_benchmark_shows_a_figure_for_each_measurement(server: RedisServer) -> None:
    done = _run(BENCHMARK, REDIS_URL=server.url)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line for line in done.stdout.splitlines() if "a round trip" in line]
    assert len(rows) == 4
    for row in rows:
        rate, median, tail, last = map(float, row.split()[-4:])
        assert rate > 0
        assert 0 < median <= tail <= last


@pytest.mark.usefixtures("others")
def test_a_benchmark_below_what_is_wanted_fails(server: RedisServer) -> None:
    done = _run(BENCHMARK, *SMALL, "--at-least", "1000000000", REDIS_URL=server.url)
    assert done.returncode == 1
    assert "requests a second, and not 1000000000." in done.stderr


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_server_that_stores_nothing_is_noticed(
    server: RedisServer, others: Redis, script: str
) -> None:
    others.config_set("maxmemory", 1)
    try:
        done = _run(script, REDIS_URL=server.url)
    finally:
        others.config_set("maxmemory", 0)
    assert done.returncode == 1
    assert "WRONG  SET stores" in done.stdout or "Of 100 keys the server stored 0." in done.stderr


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_password_is_used_and_not_shown(server: RedisServer, others: Redis, script: str) -> None:
    others.config_set("requirepass", "s3cret")
    url = server.url.replace("//", "//:s3cret@")
    done = _run(script, REDIS_URL=url)
    assert (done.returncode, done.stderr) == (0, "")
    assert "s3cret" not in done.stdout
    refused = _run(script, REDIS_URL=url.replace("s3cret", "wrong"))
    assert refused.returncode == 2
    assert "WRONGPASS" in refused.stderr


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"REDIS_URL": NOBODY_THERE}, "No Redis answers at redis://127.0.0.1:1/0: Could not"),
        ({"CONTAINER": "iac-no-such"}, "No Redis answers at container iac-no-such: "),
    ],
    ids=["no server", "no container"],
)
def test_where_nobody_answers_it_says_so(
    script: str, variables: dict[str, str], reason: str
) -> None:
    done = _run(script, **variables)
    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr
    assert "secret" not in done.stderr


@pytest.mark.parametrize("script", SCRIPTS)
def test_wrong_usage_is_refused(script: str) -> None:
    for options in (["--unknown"], ["--requests", "none"], ["--requests"]):
        done = _run(script, *options, REDIS_URL=NOBODY_THERE)
        assert done.returncode == 64, options
        assert done.stderr
    both = _run(script, REDIS_URL=NOBODY_THERE, CONTAINER="iac-redis")
    assert (both.returncode, both.stderr) == (64, "Set REDIS_URL or CONTAINER, not both.\n")


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_needs_no_server(script: str) -> None:
    done = _run(script, "--help", REDIS_URL=NOBODY_THERE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: {script}")
    assert "CONTAINER=name" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_benchmark_cleans_up(
    server: RedisServer, others: Redis, number: signal.Signals
) -> None:
    with subprocess.Popen(  # noqa: S603  # our own script
        [FOLDER / BENCHMARK, "--requests", "1000000000"],
        env=_environment(REDIS_URL=server.url),
        stdout=subprocess.DEVNULL,
    ) as process:
        deadline = time.monotonic() + SECONDS
        while not _is_measuring(others):
            assert time.monotonic() < deadline
        process.send_signal(number)
        assert process.wait(SECONDS) == 128 + number


def _is_measuring(others: Redis) -> bool:
    """Whether more connections are open than anything but redis-benchmark opens."""
    facts: dict[str, Any] = others.info("clients")
    return int(facts["connected_clients"]) > 50


@pytest.fixture
def container(tmp_path: Path, server: RedisServer) -> str:
    """A PATH whose ``docker exec`` enters this machine: how the scripts call it is what counts."""
    inside = tmp_path / "inside"
    inside.mkdir()
    for program in ("redis-cli", "redis-benchmark"):
        real = shutil.which(program)
        _write(inside / f"valkey-{program.removeprefix('redis-')}", f'{real} -p {server.port} "$@"')
    for program in ("sh",):
        (inside / program).symlink_to(str(shutil.which(program)))
    _write(
        tmp_path / "docker",
        f'[ "$1 $2 $3" = "exec -i iac-redis" ] || exit 125; shift 3\nPATH={inside} exec "$@"',
    )
    return f"{tmp_path}:{os.environ['PATH']}"


def _write(program: Path, text: str) -> None:
    program.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_container_is_entered(others: Redis, container: str, script: str) -> None:
    """With Valkey's programs, and with a password as the compose file gives it."""
    for variables in ({}, {"REDIS_PASSWORD": "s3cret"}):
        others.config_set("requirepass", variables.get("REDIS_PASSWORD", ""))
        done = _run(script, CONTAINER="iac-redis", PATH=container, **variables)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("Server: container iac-redis\n")


@pytest.mark.parametrize("script", [*SCRIPTS, "connection.sh"])
@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_shells_can_read_it(script: str, shell: str) -> None:
    found = shutil.which(shell)
    if found is None:
        skip_where_missing(f"needs {shell} on the PATH")
    subprocess.run([found, "-n", FOLDER / script], check=True)  # noqa: S603  # our own script
