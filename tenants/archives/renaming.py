"""New ids for a tenant that is imported beside, or after, the one that was exported.

Every UUID that is a key in the archive gets a new one, and wherever it is written it is
replaced: in references, in arrays of them, and in texts such as the audit log's
``user:<uuid>``. Documents (``json``) stay as they were written; they are hashed, and hold no
ids of ours.
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tenants.archives.reading import Archive, Row
    from tenants.contents import OwnedTable

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TEXTS = ("character varying", "text", "jsonb", "uuid[]")


def new_ids(archive: Archive, tables: Iterable[OwnedTable]) -> dict[str, str]:
    """A new UUID for the tenant and for each key of its rows, by the old one."""
    keys = {table.name: table.key for table in tables if _type(table, table.key) == "uuid"}
    old = {archive.manifest["tenant"]["id"]}
    for table in archive.manifest["tables"]:
        if key := keys.get(table["name"]):
            old |= {str(row[key]) for row in archive.rows(table)}
    return {each: str(uuid.uuid4()) for each in old}


def renamed(row: Row, table: OwnedTable, ids: Mapping[str, str]) -> Row:
    """A row with its ids replaced."""
    if not ids:
        return row
    return {column.name: _renamed(row[column.name], column.type, ids) for column in table.carried}


def _renamed(value: str | None, kind: str, ids: Mapping[str, str]) -> str | None:
    if value is None:
        return None
    if kind == "uuid":
        return ids.get(value, value)
    if kind.startswith(_TEXTS):
        return _UUID.sub(lambda match: ids.get(match[0], match[0]), value)
    return value


def _type(table: OwnedTable, name: str) -> str:
    return next(column.type for column in table.columns if column.name == name)
