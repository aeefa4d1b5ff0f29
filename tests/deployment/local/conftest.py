"""Folders that the servers' own account can reach."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

as_root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A new folder that every account may pass through (pytest's tmp_path is closed)."""
    folder = Path(tempfile.mkdtemp(prefix="iac-local-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)
