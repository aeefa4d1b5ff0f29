"""What the database was last prepared for: a start that changes nothing need not do it again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from deployment.local import state
from deployment.local.demo.environment import DESCRIPTION, POSTGRES, VAR
from deployment.local.virtualenv import FOLDER, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STAMP = POSTGRES / "prepared.json"
"""Beside the data, so that it goes when they go."""

IGNORED = {FOLDER, VAR, ROOT / "staticfiles", ROOT / "tests", ROOT / "docs", ROOT / ".git"}


def fingerprint(*circumstances: str) -> str:
    """Return a digest of the project's files as they are now, and of what else matters.

    Sizes and times of change stand for contents: reading them takes milliseconds, and a wrong
    guess costs one needless preparation.
    """
    digest = hashlib.sha256("\n".join(circumstances).encode())
    for path in sorted(_files(ROOT)):
        about = path.stat()
        digest.update(f"{path}:{about.st_size}:{about.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def remembered() -> tuple[str, dict[str, str]]:
    """Return the fingerprint and the summary of the last preparation whose result still stands."""
    content = state.load(STAMP) if DESCRIPTION.exists() else {}
    return content.get("fingerprint", ""), content.get("summary", {})


def remember(mark: str, summary: dict[str, str]) -> None:
    """Note that everything is prepared for this fingerprint."""
    state.save(STAMP, {"fingerprint": mark, "summary": summary})


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path in IGNORED or path.name.startswith(".") or path.name == "__pycache__":
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path
