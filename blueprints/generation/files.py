"""Generated files, and the archive that holds them: the same bytes for the same input."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# The earliest moment that the format can hold: generated files have no time of their own.
_TIMESTAMP = (1980, 1, 1, 0, 0, 0)
_REGULAR_FILE = 0o100644
_UNIX = 3


@dataclass(frozen=True, slots=True)
class GeneratedFile:
    """One file of generated code.

    Attributes:
        path: relative, with forward slashes.
        content: text; lines end with a line feed.
        sha256: digest of the content's UTF-8 bytes, in hexadecimal.
    """

    path: str
    content: str
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha256(self.content.encode()).hexdigest()
        object.__setattr__(self, "sha256", digest)


def to_zip(files: Iterable[GeneratedFile]) -> bytes:
    """Pack files into a zip archive: sorted, readable, without the time of packing."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in sorted(files, key=lambda file: file.path):
            archive.writestr(_entry(file.path), file.content.encode())
    return buffer.getvalue()


def _entry(path: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, _TIMESTAMP)
    # Stored, not deflated: compressed bytes differ between versions of zlib.
    entry.compress_type = zipfile.ZIP_STORED
    entry.create_system = _UNIX
    entry.external_attr = _REGULAR_FILE << 16
    return entry
