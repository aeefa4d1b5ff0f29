"""Install the packages of npm that the tests want; say loudly what remains missing.

They stand in a ``package-lock.json``, with a hash of each. With CI set, missing ones are an error.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = {ROOT / "tests/sso/oidc/provider": "single sign-on with a real OpenID Connect provider"}
_SECONDS = 600


def main() -> int:
    """Install what is missing or out of date; non-zero only when CI cannot do without."""
    absent = [folder for folder in FOLDERS if not _is_installed(folder)]
    for folder in absent:
        print(f"MISSING: packages of npm in {folder.relative_to(ROOT)}.")
        print(f"         Left out without them: {FOLDERS[folder]}.")
    return 1 if absent and os.environ.get("CI") else 0


def _is_installed(folder: Path) -> bool:
    """Whether everything that the lock names is there, also once it was tried."""
    stamp = folder / "node_modules" / ".installed"
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return True
    npm = shutil.which("npm")
    if npm is None:
        return False
    print(f"Installing with npm: {folder.relative_to(ROOT)}")
    # No package of theirs may run anything while it is installed.
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    ran = subprocess.run(  # noqa: S603  # fixed arguments
        command, cwd=folder, check=False, capture_output=True, text=True, timeout=_SECONDS
    )
    if ran.returncode != 0:
        print(f"  {' '.join(command)}: {ran.stderr.strip()[-400:]}")
        return False
    stamp.write_text(wanted, encoding="ascii")
    return True


if __name__ == "__main__":
    sys.exit(main())
