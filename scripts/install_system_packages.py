"""Install the system's programs that the tests want; say loudly what remains missing.

On Debian and Ubuntu, as root or with sudo that asks no password, they are installed with apt.
Elsewhere nothing is changed. With CI set, anything missing at the end is an error.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from typing import TYPE_CHECKING

from deployment.local import system_programs

if TYPE_CHECKING:
    from deployment.local.system_programs import SystemProgram


def main() -> int:
    """Install what is missing and report; non-zero only when CI cannot do without."""
    wanted = system_programs.missing()
    if wanted and (prefix := _apt_prefix()) is not None:
        _install(wanted, prefix)
    absent = system_programs.missing()
    for program in absent:
        print(f"MISSING: {program.name} ({' '.join(program.debian_packages)}).")
        print(f"         Left out or weakened without it: {program.for_tests}.")
    return 1 if absent and os.environ.get("CI") else 0


def _apt_prefix() -> list[str] | None:
    """Return what to put before apt-get, or None where it cannot be used."""
    if shutil.which("apt-get") is None:
        return None
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive"]
    if os.geteuid() == 0:
        return quiet
    sudo = shutil.which("sudo")
    if sudo and _succeeds([sudo, "-n", "true"]):
        return [sudo, "-n", *quiet]
    return None


def _install(programs: tuple[SystemProgram, ...], prefix: list[str]) -> None:
    """Install all at once, or, if one of them cannot be had, each by itself."""
    print(f"Installing with apt: {', '.join(program.name for program in programs)}")
    _succeeds([*prefix, "apt-get", "update", "-qq"])
    install = [*prefix, "apt-get", "install", "-qq", "-y", "--no-install-recommends"]
    if _succeeds([*install, *(name for each in programs for name in each.debian_packages)]):
        return
    for program in programs:
        _succeeds([*install, *program.debian_packages])


def _succeeds(command: list[str]) -> bool:
    result = subprocess.run(  # noqa: S603 - fixed arguments and our own table
        command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if result.returncode != 0:
        print(f"  {' '.join(command)}: {result.stderr.strip()[-400:]}")
    return result.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
