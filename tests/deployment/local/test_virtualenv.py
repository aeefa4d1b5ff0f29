from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from deployment.local import virtualenv

if TYPE_CHECKING:
    from pathlib import Path

FIND_PYTHON = virtualenv.ROOT / "scripts" / "find_python.sh"


def find_python(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own script
        ["/bin/sh", FIND_PYTHON],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )


def fake_python(folder: Path, name: str, status: int) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\nexit {status}\n")
    program.chmod(0o755)


def test_a_fitting_python_is_found_behind_ones_that_do_not_fit(tmp_path: Path) -> None:
    fake_python(tmp_path, "python3", 1)
    fake_python(tmp_path, "python3.12", 0)

    result = find_python(PATH=str(tmp_path))

    assert result.stdout == f"{tmp_path}/python3.12\n"


def test_no_fitting_python_is_one_clear_line(tmp_path: Path) -> None:
    fake_python(tmp_path, "python3", 1)

    result = find_python(PATH=str(tmp_path))

    assert result.returncode == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert "Python 3.11, 3.12 or 3.13 is needed" in result.stderr


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("error: command 'x86_64-linux-gnu-gcc' failed: No such file", "install one (Debian:"),
        ("  Failed building wheel for hiredis", "install one (Debian:"),
        ("ERROR: No matching distribution found for django==5.2.19", "pip failed: ERROR: No match"),
    ],
)
def test_pips_failure_becomes_one_line_that_says_what_to_do(
    tmp_path: Path, log: str, expected: str
) -> None:
    path = tmp_path / "pip.log"
    path.write_text(log)

    message = virtualenv._pip_failure(path)  # noqa: SLF001 - provoking pip would need the network

    assert expected in message
    assert "\n" not in message
    assert str(path) in message


def test_every_optional_package_is_pinned_where_the_demo_looks_for_it() -> None:
    pins = (virtualenv.ROOT / "requirements-demo.txt").read_text().splitlines()

    for name in virtualenv.OPTIONAL:
        assert any(line.startswith(f"{name}==") for line in pins)
