"""Reading an archive that somebody hands in: nothing in it is believed before it is checked."""

from __future__ import annotations

import hashlib
import json
import stat
import zlib
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from tenants.archives.format import (
    FILES,
    FORMAT,
    LARGEST_MANIFEST,
    LARGEST_ROW,
    LONGEST_FILE_NAME,
    LONGEST_PATH,
    MANIFEST,
    MOST_EXPANSION,
    BadArchive,
    Manifest,
    MemberFacts,
    require,
    table_member,
)
from tenants.contents import OWNER_COLUMN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from tenants.archives.format import TableFacts

Row = dict[str, str | None]

_CHUNK = 2**20
# What reading a member raises whose bytes, or whose headers, are not what was written.
_DAMAGE = (BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, zlib.error)
_IS_ENCRYPTED = 0x1
_SHAPE: dict[str, type] = {
    "format": int,
    "release": str,
    "migrations": str,
    "exported_at": str,
    "credentials": bool,
    "tenant": dict,
    "content_types": dict,
    "tables": list,
    "files": dict,
}
_TENANT = ("id", "slug", "name", "tier", "plan", "status")
_TABLE: dict[str, type] = {"name": str, "columns": dict, "rows": int, "bytes": int, "sha256": str}


@dataclass
class Archive:
    """An open archive whose manifest and members agree.

    Attributes:
        manifest: what it says of itself.
        file: the ZIP file.
    """

    manifest: Manifest
    file: ZipFile = field(repr=False)

    @property
    def tenant_id(self) -> UUID:
        """Whose it is."""
        return UUID(self.manifest["tenant"]["id"])

    def rows(self, table: TableFacts) -> Iterator[Row]:
        """The rows of a table; each has exactly the table's columns and is the tenant's.

        Raises:
            BadArchive: content, count or checksum is not as the manifest says.
        """
        digest, size, count = hashlib.sha256(), 0, 0
        name = table_member(table["name"])
        with self.file.open(name) as member:
            while line := _line(member, name):
                digest.update(line)
                size += len(line)
                count += 1
                require(size <= table["bytes"], f"{name} is larger than the manifest says.")
                yield self._row(table, line)
        require(count == table["rows"], f"{name} has {count} rows, not {table['rows']}.")
        _require_sum(name, table, size, digest.hexdigest())

    def _row(self, table: TableFacts, line: bytes) -> Row:
        row = _json(line, table_member(table["name"]))
        is_whole = isinstance(row, dict) and row.keys() == table["columns"].keys()
        require(is_whole, f"A row of {table['name']} does not have the table's columns.")
        is_text = all(value is None or isinstance(value, str) for value in row.values())
        require(is_text, f"A row of {table['name']} has a value that is not text.")
        is_own = row[OWNER_COLUMN] == self.manifest["tenant"]["id"]
        require(is_own, f"A row of {table['name']} is another tenant's.")
        return dict(row)

    def content(self, path: str) -> Iterator[bytes]:
        """The bytes of a file.

        Raises:
            BadArchive: size or checksum is not as the manifest says.
        """
        facts, name = self.manifest["files"][path], FILES + path
        digest, size = hashlib.sha256(), 0
        with self.file.open(name) as member:
            while chunk := member.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                require(size <= facts["bytes"], f"{name} is larger than the manifest says.")
                yield chunk
        _require_sum(name, facts, size, digest.hexdigest())

    def verify(self) -> None:
        """Read all of it once.

        Raises:
            BadArchive: something is not as the manifest says.
        """
        try:
            for table in self.manifest["tables"]:
                for _ in self.rows(table):
                    pass
            for path in self.manifest["files"]:
                for _ in self.content(path):
                    pass
        except _DAMAGE as error:
            raise BadArchive(f"The archive is damaged: {error}") from error


def opened(file: ZipFile, path: Path) -> Archive:
    """Check the manifest, and that the members are those it names and no larger.

    Raises:
        BadArchive: they are not.
    """
    manifest = _manifest(file)
    expected = {MANIFEST: -1, **_sizes(manifest)}
    found = [info.filename for info in file.infolist()]
    require(sorted(found) == sorted(expected), "The members are not those that it names.")
    total = 0
    for info in file.infolist():
        is_plain = not info.is_dir() and not stat.S_ISLNK(info.external_attr >> 16)
        require(is_plain, f"{info.filename!r} is not a plain file.")
        is_ours = info.compress_type in (ZIP_STORED, ZIP_DEFLATED)
        is_open = not info.flag_bits & _IS_ENCRYPTED
        require(is_ours and is_open, f"{info.filename!r} is not compressed as ours are.")
        size = expected[info.filename]
        require(size in (-1, info.file_size), f"{info.filename!r} has another size than it says.")
        total += info.file_size
    is_plausible = total <= MOST_EXPANSION * max(path.stat().st_size, 1024)
    require(is_plausible, "The archive would grow out of proportion when it is unpacked.")
    return Archive(manifest, file)


def _sizes(manifest: Manifest) -> dict[str, int]:
    tables = {table_member(table["name"]): table["bytes"] for table in manifest["tables"]}
    require(len(tables) == len(manifest["tables"]), "A table is named twice.")
    return {**tables, **{FILES + path: one["bytes"] for path, one in manifest["files"].items()}}


def _manifest(file: ZipFile) -> Manifest:
    try:
        info = file.getinfo(MANIFEST)
        require(info.file_size <= LARGEST_MANIFEST, "The manifest is too large.")
        with file.open(info) as member:
            text = member.read(LARGEST_MANIFEST + 1)
    except KeyError as error:
        raise BadArchive(f"It has no {MANIFEST}: it is no archive of a tenant.") from error
    except _DAMAGE as error:
        raise BadArchive(f"The archive is damaged: {error}") from error
    manifest: Any = _json(text, MANIFEST)
    known = manifest.get("format") if isinstance(manifest, dict) else None
    require(known == FORMAT, f"It has format {known!r}; this release reads format {FORMAT}.")
    require(_has_shape(manifest, _SHAPE), "The manifest lacks a member, or has one too many.")
    _check_tenant(manifest["tenant"])
    are_names = all(map(_is_text, manifest["content_types"].values()))
    require(are_names, "The manifest does not name its content types.")
    for table in manifest["tables"]:
        require(_has_shape(table, _TABLE), "The manifest does not say all of a table.")
        require(table["bytes"] >= 0 and table["rows"] >= 0, "Sizes are not below zero.")
    for path, facts in manifest["files"].items():
        _check_file(path, facts)
    _check_folders(manifest["files"])
    checked: Manifest = manifest
    return checked


def _check_tenant(facts: Any) -> None:
    is_complete = sorted(facts) == sorted(_TENANT) and all(map(_is_text, facts.values()))
    require(is_complete, "The manifest does not say whose the archive is.")
    try:
        is_plain = str(UUID(facts["id"])) == facts["id"]
    except ValueError:
        is_plain = False
    require(is_plain, "The tenant's id is not a UUID.")


def _check_file(path: str, facts: Any) -> None:
    parts = PurePosixPath(path).parts
    is_inside = bool(parts) and not ({"..", "/", "."} & set(parts)) and "\\" not in path
    is_plain = PurePosixPath(path).as_posix() == path and _is_text(path)
    require(is_inside and is_plain, f"The path {path!r} leads out of the tenant's folder.")
    is_short = len(path.encode()) <= LONGEST_PATH and all(
        len(part.encode()) <= LONGEST_FILE_NAME for part in parts
    )
    require(is_short, f"The path {path[:100]!r}… is longer than a file system takes.")
    require(_has_shape(facts, {"bytes": int, "sha256": str}), f"It does not say all of {path!r}.")


def _check_folders(paths: Collection[str]) -> None:
    """No path may be a file and, for another, a folder."""
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder:
            require(folder not in paths, f"The path {folder!r} is a file and a folder at once.")
            folder = folder.rpartition("/")[0]


def _is_text(value: Any) -> bool:
    """Whether it is text that PostgreSQL, and a file system, can hold."""
    if not isinstance(value, str) or "\x00" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def _has_shape(value: Any, shape: dict[str, type]) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == shape.keys()
        and all(type(value[name]) is kind for name, kind in shape.items())
    )


def _line(member: Any, name: str) -> bytes:
    line: bytes = member.readline(LARGEST_ROW + 1)
    require(len(line) <= LARGEST_ROW, f"A row of {name} is larger than any row can be.")
    require(not line or line.endswith(b"\n"), f"{name} ends in the middle of a row.")
    return line


def _json(text: bytes, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadArchive(f"{name} is not JSON.") from error


def _require_sum(name: str, facts: MemberFacts, size: int, digest: str) -> None:
    is_same = (size, digest) == (facts["bytes"], facts["sha256"])
    require(is_same, f"{name} is not what was exported: its checksum differs.")
