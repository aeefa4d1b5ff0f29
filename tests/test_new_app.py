"""``make app`` writes an app that passes the checks, and nothing where it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.sampling import FULL, leave_out
from tests.services import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_LEFT_OUT = (".*", "var", "staticfiles", "__pycache__", "node_modules")
# As the Makefile has them: static checks read the settings, and use none of it.
_CHECK = {
    "SECRET_KEY": "checks-sign-nothing-with-this-key-at-all-0123456789",
    "SECURE": "false",
    "DATABASE_URL": "postgres://iac_app:none@127.0.0.1:1/none",
    "PYTHONWARNINGS": "ignore",
    "ROUTE": "notes/",  # of the suites in the copy
}


def copy_to(folder: Path) -> Path:
    copy = folder / "project"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    return copy


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project that may be written to."""
    return copy_to(tmp_path)


class Untouched(NamedTuple):
    """A copy of the project that stays as it is, and what stands in it."""

    folder: Path
    files: dict[Path, bytes]


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Untouched:
    """For tests of what writes nothing."""
    folder = copy_to(tmp_path_factory.mktemp("untouched"))
    return Untouched(folder, written(folder))


def run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(  # noqa: S603  # our own code
        [sys.executable, *command],
        check=False,
        cwd=project,
        env={**kept, **_CHECK},
        capture_output=True,
        text=True,
    )


def new_app(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(project, "scripts/new_app.py", *arguments)


def written(project: Path) -> dict[Path, bytes]:
    """All files of the project but compiled ones."""
    files = (path for path in project.rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in files if "__pycache__" not in path.parts}


def require_success(ended: subprocess.CompletedProcess[str]) -> None:
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["Notes"], "use lower-case letters"),
        (["messages"], "is taken, see iac_platform/settings/__init__.py"),
        (["imports", "--model", "import"], "is a word of Python's own"),
        (["../notes"], "use lower-case letters"),
        (["class"], "is a word of Python's own"),
        (["notes", "--model", "note!"], "use lower-case letters"),
        (["fish"], "is no plural; say what one is called: --model"),
        (["notes_of_everybody_in_it"], "is too long: at most"),
        (["catalog", "--model", "entry"], "There is blueprints/catalog/__init__.py already"),
        (["sign_in", "--model", "visit"], "The label sign_in is taken, see sso/sign_in/apps.py"),
        (["drawings", "--model", "blueprint"], "The resource blueprint is taken"),
        (["placements", "--model", "spot"], "The table placements is taken"),
        (["tokens", "--model", "coin"], "The address tokens/ is taken"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused_in_one_line(
    untouched: Untouched, arguments: list[str], why: str
) -> None:
    refused = new_app(untouched.folder, *arguments)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert why in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert written(untouched.folder) == untouched.files


def test_a_dry_run_says_what_it_would_write_and_writes_nothing(untouched: Untouched) -> None:
    shown = new_app(untouched.folder, "notes", "--dry-run")
    require_success(shown)
    assert "would write blueprints/notes/models.py" in " ".join(shown.stdout.split())
    assert "pyproject.toml" in shown.stdout
    assert written(untouched.folder) == untouched.files


def test_what_is_there_is_not_overwritten(project: Path) -> None:
    require_success(new_app(project, "notes"))
    before = written(project)
    again = new_app(project, "notes")
    assert again.returncode == 1
    assert "There is blueprints/notes/__init__.py already." in again.stderr
    assert written(project) == before


def test_an_anchor_that_is_gone_leaves_everything_as_it_was(project: Path) -> None:
    api = project / "iac_platform" / "api.py"
    api.write_text(api.read_text().replace("\n]\n", "]\n"))
    before = written(project)
    refused = new_app(project, "notes")
    assert refused.returncode == 1
    assert "iac_platform/api.py: write" in refused.stderr
    assert written(project) == before


def test_the_help_says_how_it_is_used() -> None:
    shown = new_app(ROOT, "--help")
    require_success(shown)
    assert "--dry-run" in shown.stdout


NEW = ("blueprints/notes", "tests/api/resources/notes.py")
# One after the other in one process: to set Django up takes longer than most of them.
COMMANDS = f"""
import os, django
from django.core.management import call_command
os.environ["DJANGO_SETTINGS_MODULE"] = "iac_platform.settings"
django.setup()
call_command("makemigrations", "--check", "--dry-run")
call_command("check_migrations")
call_command("check")
call_command("spectacular", "--validate", "--fail-on-warn", "--file", "{os.devnull}")
call_command("permission_reference", "--check")
"""
CHECKS = {
    "lint": ("-m", "ruff", "check", *NEW),
    "types": ("-m", "mypy", *NEW),
    "imports": ("-c", "from importlinter.cli import lint_imports_command as lint; lint()"),
    "commands": ("-c", COMMANDS),
    "suites": ("-m", "pytest", "--collect-only", "--quiet", "tests/api"),
}
ATTACKS = (
    *("tests/api/test_completeness.py", "tests/api/test_permissions.py"),
    *("tests/api/test_isolation_of_objects.py", "tests/api/test_limited_grants.py"),
)


@pytest.fixture
def with_notes(project: Path) -> Path:
    """A project with an app as ``make app`` writes it, step by step."""
    require_success(new_app(project, "notes"))
    require_success(run(project, "manage.py", "makemigrations", "notes"))
    require_success(new_app(project, "notes", "--isolate"))
    require_success(run(project, "-m", "ruff", "check", "--quiet", "--fix", *NEW))
    require_success(run(project, "-m", "ruff", "format", "--quiet", *NEW))
    require_success(run(project, "manage.py", "permission_reference"))
    return project


def test_a_new_app_passes_the_checks(with_notes: Path, subtests: pytest.Subtests) -> None:
    for name, command in CHECKS.items():
        with subtests.test(name):
            require_success(run(with_notes, *command))


@pytest.mark.parametrize("attacks", ATTACKS if FULL else [])
def test_a_new_app_stands_the_attacks(with_notes: Path, attacks: str) -> None:
    require_success(run(with_notes, "-m", "pytest", "-q", "-p", "no:cacheprovider", attacks))


if not FULL:
    leave_out("suites that attack a newly written app, each on servers of its own", len(ATTACKS))
