"""Whom a server runs as, and where that account may keep its files.

PostgreSQL and PgBouncer refuse to run as root, so root starts them as an account without
privileges. Such an account cannot enter ``/root`` or any other closed folder above a clone:
then its files live in a folder of their own outside, and a link stands where they would be.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deployment.local.errors import LocalServiceError

UNPRIVILEGED = ("postgres", "nobody")
OUTSIDE = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - only a private mkdtemp is made there


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the operating system without privileges."""

    name: str
    uid: int
    gid: int


def server_account() -> Account | None:
    """Return whom servers must run as: nobody else for an ordinary user, so None.

    Raises:
        LocalServiceError: root has no unprivileged account to run them as.
    """
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise LocalServiceError(
        "PostgreSQL refuses to run as root and there is no account "
        f"{' or '.join(UNPRIVILEGED)} to run it as: create one or run as an ordinary user."
    )


def can_enter(account: Account | None, folder: Path) -> bool:
    """Say whether an account may go into an existing folder, asking the kernel as that account."""
    if account is None:
        return os.access(folder, os.X_OK)
    trial = subprocess.run(
        ["test", "-x", str(folder)],
        check=False,
        cwd=os.sep,
        user=account.uid,
        group=account.gid,
        extra_groups=[],
    )
    return trial.returncode == 0


def own_folder(folder: Path, account: Account | None) -> Path:
    """Create a folder that belongs to an account and that it can reach; return where it is.

    Returns ``folder`` itself, or, when a closed folder stands above it, a new folder outside
    to which ``folder`` is then a link. Asking again returns the same place.
    """
    if not folder.is_symlink() and account is not None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if not folder.exists() and not can_enter(account, folder.parent.resolve()):
            _link_outside(folder)
    home = folder.resolve()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    give(home, account)
    return home


def remove_folder(folder: Path) -> None:
    """Remove a folder made by ``own_folder``, with the place outside if it is a link."""
    home = folder.resolve()
    if folder.is_symlink():
        folder.unlink()
    if home.exists():
        shutil.rmtree(home)


def give(path: Path, account: Account | None) -> None:
    """Make an account the owner of one file or folder (of nothing below it)."""
    if account is not None:
        os.chown(path, account.uid, account.gid)


def _link_outside(folder: Path) -> None:
    base = next((place for place in OUTSIDE if os.access(place, os.W_OK)), None)
    if base is None:
        raise LocalServiceError(f"No folder outside {folder} is writable: {OUTSIDE[0]} is needed.")
    folder.symlink_to(tempfile.mkdtemp(prefix=f"iac-platform-{folder.name}-", dir=base))
