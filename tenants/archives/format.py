"""What an archive of a tenant looks like: a ZIP file with a manifest and JSON lines.

``manifest.json`` names every other member with its size, SHA-256 and, for a table, its columns
and how many rows it has. ``tables/<table>.jsonl`` has one object per row; a value is what
PostgreSQL writes for it as text, or null, so that nothing is lost on the way through JSON.
``files/`` holds the tenant's files.
"""

from __future__ import annotations

from typing import Any, TypedDict

from iac_platform.common.errors import DomainError, ErrorKind

FORMAT = 1
MANIFEST = "manifest.json"
TABLES, FILES = "tables/", "files/"

# Bounds on what is read from an archive that somebody hands in.
LARGEST_MANIFEST = 16 * 2**20
LARGEST_ROW = 64 * 2**20
LONGEST_FILE_NAME, LONGEST_PATH = 255, 3_072
"""Bytes of a part of a path and of a whole one: what Linux takes, less the tenant's folder."""
MOST_EXPANSION = 1000
"""How many times larger than the archive its content may be; deflate itself ends at 1,032."""


class MemberFacts(TypedDict):
    """A member's size in bytes and its SHA-256 as hexadecimal digits."""

    bytes: int
    sha256: str


class TableFacts(MemberFacts):
    """What the manifest says of one table."""

    name: str
    columns: dict[str, str]
    rows: int


class TenantFacts(TypedDict):
    """What the manifest says of the tenant itself."""

    id: str
    slug: str
    name: str
    tier: str
    plan: str
    status: str


class Manifest(TypedDict):
    """The content of ``manifest.json``.

    Its ``migrations`` are the fingerprint of the placement, ``content_types`` the names behind
    the numbers of this installation, and ``files`` goes by their path.
    """

    format: int
    release: str
    migrations: str
    exported_at: str
    credentials: bool
    tenant: TenantFacts
    content_types: dict[str, str]
    tables: list[TableFacts]
    files: dict[str, MemberFacts]


class BadArchive(DomainError):
    """The file is no archive of ours, or not any more what was exported."""

    code = "bad-archive"
    title = "The archive cannot be trusted"


class ArchiveDoesNotFit(DomainError):
    """The archive is sound, and this installation cannot take it."""

    code = "archive-does-not-fit"
    title = "The archive does not fit this installation"
    kind = ErrorKind.CONFLICT


def table_member(table: str) -> str:
    """The member that holds a table's rows."""
    return f"{TABLES}{table}.jsonl"


def require(condition: Any, detail: str) -> None:
    """Pass when ``condition`` holds.

    Raises:
        BadArchive: it does not; ``detail`` says what is wrong.
    """
    if not condition:
        raise BadArchive(detail)
