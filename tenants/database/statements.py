"""Which tables a statement reads or changes, by its text.

Django writes statements in few forms, and those by hand keep to them. What is in no known form is
taken for something that may read, or change, anything.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from tenants.database.lookups import READ_BY

# Possessive, so that no part of a longer name is taken for a name.
_NAME = r'(?:ONLY\s++)?+(?:"?+public"?+\.)?+"?+([a-z_][a-z0-9_]*+)"?+(?!\.)'
_READ = re.compile(rf"\b(?:FROM|JOIN)\s+{_NAME}(?!\s*\()", re.IGNORECASE)
_FUNCTION = re.compile(r"\bFROM\s+public\.([a-z_]+)\(")
# Names after a comma, a function, or another schema's table stand where no table was found.
_FROM = re.compile(r"\b(?:FROM|JOIN)\s+(?!\()", re.IGNORECASE)
_LIST = re.compile(rf"\bFROM\s+{_NAME}(?:\s+(?:AS\s+)?\"?\w+\"?)?\s*,", re.IGNORECASE)
_READS_ONLY = re.compile(r"\s*\(*\s*(SELECT|WITH)\b", re.IGNORECASE)
_WRITE = re.compile(rf"\s*(?:(INSERT\s+INTO)|UPDATE|DELETE\s+FROM)\s+{_NAME}", re.IGNORECASE)
_UPSERT = re.compile(r"\bON\s+CONFLICT\b.*\bDO\s+UPDATE\b", re.IGNORECASE | re.DOTALL)
_SET = re.compile(r"\bSET\s+(.*?)(?:\bWHERE\b|$)", re.IGNORECASE | re.DOTALL)
_COLUMN = re.compile(r'(\w+)"?\s*=')
# In a statement within the statement a WHERE ends something else; a list of columns names several.
_UNCLEAR = re.compile(r"\bSELECT\b|\)\s*=", re.IGNORECASE)
_CHANGES = re.compile(r"\b(?:INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE)
_CURSOR = re.compile(r"\s*(?:DECLARE|FETCH)\b", re.IGNORECASE)
# A semicolon within these ends no statement. Backslashes escape nothing in them, unless E begins
# them (https://www.postgresql.org/docs/current/sql-syntax-lexical.html).
_LITERAL = re.compile(r"'[^']*+'")
_HARD_TO_READ = re.compile(r"\bE'|\$\w*\$|--|/\*", re.IGNORECASE)
_READS = re.compile(
    r"\s*\(*\s*(SELECT|SAVEPOINT|RELEASE|ROLLBACK|SET|SHOW|LOCK|LISTEN|DECLARE|FETCH)\b",
    re.IGNORECASE,
)
_COMMON_TABLE = re.compile(
    r"\b([a-z_]\w*)\s*(?:\([\w\s,]*\)\s*)?AS\s+(?:NOT\s+)?(?:MATERIALIZED\s+)?\(", re.IGNORECASE
)


class Write(NamedTuple):
    """What a statement changes.

    Attributes:
        table: which; None where the statement does not tell.
        only_adds: whether rows that were there stay as they are.
        columns: those that an UPDATE sets, where it tells.
    """

    table: str | None
    only_adds: bool = False
    columns: frozenset[str] = frozenset()


ANYTHING = Write(None)


def only_reads(text: str) -> bool:
    """Whether a statement changes nothing, by its first word; in doubt it does."""
    # A message of several statements is known by its first one only.
    return ";" not in text and _READS.match(text) is not None


@lru_cache(maxsize=4096)
def tables_read(text: str) -> frozenset[str] | None:
    """The tables that a statement reads; None where its text does not tell."""
    if _READS_ONLY.match(text) is None:
        return None if _CURSOR.match(text) else frozenset()
    if ";" in text or _LIST.search(text):
        return None
    names = _READ.findall(text)
    functions = [name for name in _FUNCTION.findall(text) if name in READ_BY]
    if len(names) + len(functions) != len(_FROM.findall(text)):
        return None
    return frozenset(names).union(*(READ_BY[name] for name in functions))


@lru_cache(maxsize=4096)
def common_tables(text: str) -> frozenset[str]:
    """The names that a statement gives to parts of itself, by WITH, and reads like tables."""
    found = _COMMON_TABLE.findall(text) if text.lstrip()[:4].upper() == "WITH" else ()
    return frozenset(found)


@lru_cache(maxsize=4096)
def is_plain_query(text: str) -> bool:
    """Whether it is a query that begins with WITH and changes nothing in its parts."""
    return text.lstrip()[:4].upper() == "WITH" and ";" not in text and _CHANGES.search(text) is None


@lru_cache(maxsize=4096)
def writes_of(text: str) -> tuple[Write, ...]:
    """What the statements of a message may change."""
    if _HARD_TO_READ.search(text):
        return (ANYTHING,)
    parts = _LITERAL.sub("''", text).split(";")
    return tuple(_write_of(part) for part in parts if part.strip() and not only_reads(part))


def _write_of(text: str) -> Write:
    found = _WRITE.match(text)
    if found is None:
        return ANYTHING
    is_insert = found[1] is not None
    adds = is_insert and _UPSERT.search(text) is None
    return Write(found[2], only_adds=adds, columns=_columns(text, is_insert=is_insert))


def _columns(text: str, *, is_insert: bool) -> frozenset[str]:
    assigned = None if is_insert else _SET.search(text)
    if assigned is None or _UNCLEAR.search(assigned[1]):
        return frozenset()
    return frozenset(_COLUMN.findall(assigned[1]))
