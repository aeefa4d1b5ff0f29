"""What the environment says of the application server is understood, or refused by name."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.conf import settings

from deployment.local.virtualenv import ROOT
from deployment.server.commands import Serving, UnknownSetting


def test_without_a_word_it_is_granian_with_two_workers() -> None:
    assert Serving.read({}) == Serving("granian", 2, 4, "127.0.0.1:8000")
    assert Serving.read({"WEB_SERVER": "", "WEB_THREADS": ""}) == Serving.read({})


def test_there_are_threads_left_beside_what_takes_long() -> None:
    assert Serving().threads > settings.PASSWORD_HASHING["at_once"]
    assert Serving().threads > settings.LARGE_DOCUMENTS["in_all"]


def test_what_the_environment_says_stands_in_the_command() -> None:
    said = {
        "WEB_SERVER": "gunicorn",
        "WEB_CONCURRENCY": "3",
        "WEB_THREADS": "7",
        "WEB_ADDRESS": "127.0.0.1:9",
    }
    command = Serving.read(said).command()
    assert command[:3] == (sys.executable, "-m", "gunicorn")
    for option, value in (("--workers", "3"), ("--threads", "7"), ("--bind", "127.0.0.1:9")):
        assert command[command.index(option) + 1] == value
    command = Serving.read({**said, "WEB_SERVER": "granian"}).command()
    for option, value in (("--blocking-threads", "7"), ("--host", "127.0.0.1"), ("--port", "9")):
        assert command[command.index(option) + 1] == value


@pytest.mark.parametrize(
    ("name", "value"),
    [("WEB_SERVER", "apache"), ("WEB_CONCURRENCY", "0"), ("WEB_THREADS", "two")],
)
def test_what_nobody_understands_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(UnknownSetting, match=f"{name}={value}"):
        Serving.read({name: value})


def test_the_module_says_so_and_starts_nothing() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "deployment.server"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"WEB_SERVER": "apache"},
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "WEB_SERVER=apache: use granian or gunicorn.\n"
