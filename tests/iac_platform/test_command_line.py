"""``manage.py``: every command that it lists works, and every end has an honest status."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.core.management import call_command, get_commands, load_command_class

from iac_platform.command_line import UNAVAILABLE, CommandLine
from tests.command_line import manage, started, wait_until

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

    from tests.throwaway import ThrowawayTenants

NO_DATABASE = "postgres://iac_app:none@127.0.0.1:1/none"
# What each command that is not ours is tried with: arguments with which it changes nothing.
TRIED = {
    "check": (),
    "collectstatic": ("--dry-run", "--no-input"),
    "diffsettings": (),
    "findstatic": ("admin/css/base.css",),
    "inspectdb": ("tenants",),
    "makemigrations": ("--check", "--dry-run"),
    "optimizemigration": ("rbac", "0001", "--check"),
    "shell": ("--command", "print(1)"),
    "spectacular": ("--file", os.devnull),
    "sqlmigrate": ("rbac", "0001"),
    "sqlsequencereset": ("rbac",),
}
# They write source files, or serve somebody until they are stopped.
UNTRIED = {"dbshell", "runserver", "squashmigrations", "startapp", "startproject"}
# The queue's own command is tried with the queue.
ELSEWHERE = {"procrastinate"}


def listed() -> set[str]:
    return set(CommandLine(["manage.py"]).main_help_text(commands_only=True).split())


def flags_of(name: str) -> set[str]:
    """The flags of a command."""
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    return {flag for action in parser._actions for flag in action.option_strings}  # noqa: SLF001  # argparse tells it nowhere else


def test_what_cannot_work_is_not_listed_and_everything_else_is() -> None:
    assert set(UNAVAILABLE) <= set(get_commands()), "Django does not have it any more"
    assert listed() == set(get_commands()) - set(UNAVAILABLE)
    sections = CommandLine(["manage.py"]).main_help_text()
    assert "[django_tenants]" not in sections
    assert "[tenants]\n    check_isolation\n" in sections


def test_every_command_of_others_that_is_listed_is_tried() -> None:
    ours = ("tenants", "rbac", "sso", "blueprints", "deployment")
    others = {name for name in listed() if not str(get_commands()[name]).startswith(ours)}
    assert others == TRIED.keys() | UNTRIED | ELSEWHERE


@pytest.mark.parametrize("name", sorted(TRIED))
def test_a_command_that_is_listed_works(name: str, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        call_command(name, *TRIED[name])


@pytest.mark.parametrize("name", sorted(UNAVAILABLE))
def test_what_is_named_instead_exists(name: str) -> None:
    text = UNAVAILABLE[name]
    commands = set(re.findall(r"[a-z]+_[a-z_]+", text))
    assert commands <= listed(), text
    known = {flag for command in commands for flag in flags_of(command)}
    assert set(re.findall(r"--[a-z-]+", text)) <= known, text


@pytest.mark.parametrize("arguments", [("migrate",), ("help", "migrate")])
def test_what_cannot_work_says_what_to_use_and_ends_with_1(arguments: tuple[str, ...]) -> None:
    ran = manage(*arguments)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("manage.py migrate does not work here. Use manage.py migrate_sch")
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["tenant_stats --json", "access_review --tenant {slug}"])
def test_output_that_cannot_be_written_is_a_failure(
    command: str, committed_tenants: ThrowawayTenants
) -> None:
    """At a tenant of its own: a review that was shown is in the audit log for good."""
    words = command.format(slug=committed_tenants().slug).split()
    with Path("/dev/full").open("w") as full:
        ran = manage(*words, stdout=full)
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1].endswith("No space left on device")
    assert "Traceback" not in ran.stderr
    with Path(os.devnull).open("w") as nowhere:
        assert manage(*words, stdout=nowhere).returncode == 0


def test_a_reader_that_leaves_ends_it_quietly(django_db_setup: None) -> None:  # noqa: ARG001  # likewise
    """As `manage.py … | head -1` does."""
    reading, writing = os.pipe()
    os.close(reading)
    ran = manage("tenant_stats", stdout=writing)
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (128 + signal.SIGPIPE, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_worker_that_is_told_to_stop_ends_with_success(
    number: signal.Signals,
    django_db_setup: None,  # noqa: ARG001  # the tenants must be there
) -> None:
    """It ends the jobs that run first, so nothing was interrupted."""
    with started("run_provisioner", "--interval", "60") as process:
        wait_until_it_works(process.pid)
        process.send_signal(number)
        process.communicate(timeout=60)
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"DATABASE_URL": NO_DATABASE, "DATABASE_OWNER_URL": NO_DATABASE}, "Connection refused"),
        ({"DATABASE_OWNER_URL": ""}, "Set DATABASE_OWNER_URL"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY must have at least 32 characters"),
    ],
)
def test_what_is_missing_is_said_in_one_line(variables: dict[str, str], said: str) -> None:
    ran = manage("tenant_stats", env=variables)
    assert (ran.returncode, ran.stderr.count("\n")) == (1, 1), ran.stderr
    assert said in ran.stderr


def test_the_traceback_is_there_for_who_asks_for_it() -> None:
    ran = manage("tenant_stats", "--traceback", env={"DATABASE_OWNER_URL": ""})
    assert ran.returncode == 1
    assert "Traceback" in ran.stderr


def wait_until_it_works(pid: int) -> None:
    """It says nothing while there is nothing to do, so look for its session."""
    connected = "SELECT 1 FROM pg_stat_activity WHERE application_name = %s"
    application = f"manage.py run_provisioner {pid}"
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as listener:
        wait_until(lambda: listener.execute(connected, [application]).fetchone() is not None)
