"""What a statement touches, as far as sharding by schema is concerned.

A small reading of SQL, not a parser: names that are those of our tables, outside of literals.
It errs on the strict side: a column of a table's name counts as the table.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import connection

from tenants.isolation.expectations import placement_rules, shared_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LITERAL = re.compile(r"'(?:[^']|'')*'")
_NUMBER = re.compile(r"\b\d+\b")
_LIST = re.compile(r"\(\s*(?:%s|\?)(?:\s*,\s*(?:%s|\?))*\s*\)")
_SAVEPOINT = re.compile(r'"s\d+_x\d+"')
_WORD = re.compile(r"[a-z_][a-z0-9_]*")
# A name before a dot that is no alias of a query: the schema of a placement.
_SCHEMA = re.compile(r'\b(?:pool_\d+|t_[a-z0-9_]+_[0-9a-f]{8}|platform|placement_template)"?\."?\w')
# What Citus does not run on distributed tables, or runs on one node only, from its sources.
# Recursive queries it runs where the router plans them, as among tables of one placement
# (its regression tests multi_router_planner and query_single_shard_table).
UNSUPPORTED = re.compile(
    r"^\s*(LOCK|COPY|DECLARE|PREPARE|EXECUTE|CREATE|ALTER|DROP|TRUNCATE|GRANT|REVOKE|SET\s+SESSION"
    r"|LISTEN|MERGE)\b",
    re.IGNORECASE,
)
# Inserts the rows of a query: there is no VALUES between INSERT INTO and SELECT.
_INSERT_SELECT = re.compile(r"(?is)\bINSERT\s+INTO\b(?:(?!\bVALUES\b).)*?\bSELECT\b")
# SET CONSTRAINTS and SET TRANSACTION are other statements: Citus sends neither on.
_SET = re.compile(r"(?i)\s*SET\s+(?:(?:LOCAL|SESSION)\s+)?[\w.\"]+\s*(?:=|\bTO\b)")
# The body of a function or a block: each statement in it is one to PostgreSQL.
_BODY = re.compile(r"\$\$.*?\$\$", re.DOTALL)


def refusal(message: str) -> str:
    """Why a distributed placement takes no message like this; empty when it does.

    A bare SET among several statements is sent on to the nodes with the whole message. Rows
    that a query makes reach their node by COPY, which row-level security refuses.
    """
    if _INSERT_SELECT.search(message):
        return "inserts the rows of a query: write INSERT … VALUES"
    statements = [one for one in _BODY.sub("?", message).split(";") if one.strip()]
    if len(statements) > 1 and any(_SET.match(one) for one in statements):
        return "has SET beside other statements: write SELECT set_config(…, true)"
    return ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One shape of statement.

    Attributes:
        shape: its text without literals, numbers and lengths of lists.
        own: tables of the placement that it names.
        shared: tables of ``public`` that it names.
        refused: why it, or the message that it came in, would be refused whatever it names.
    """

    shape: str
    own: frozenset[str]
    shared: frozenset[str]
    refused: str = ""

    @property
    def problem(self) -> str:
        """Why sharding by schema cannot run it; empty when it can."""
        if self.refused:
            return self.refused
        if _SCHEMA.search(self.shape):
            return "names a placement, so it may reach another than the transaction's"
        if UNSUPPORTED.match(self.shape):
            return "is a command that does not run on distributed tables"
        if self.own and self.shared:
            return f"joins a placement with {', '.join(sorted(self.shared))}"
        return ""


def read(message: str) -> Iterator[Statement]:
    """Read what Django sends in one message, with or without its parameters."""
    text = _LITERAL.sub("?", message)
    refused = refusal(text)
    bodiless = _BODY.sub("?", text)
    for statement in bodiless.split(";"):
        if statement.strip():
            yield _read(statement, refused)


def _read(text: str, refused: str) -> Statement:
    shape = _SAVEPOINT.sub('"savepoint"', _NUMBER.sub("?", text))
    shape = " ".join(_LIST.sub("(?)", shape).split())
    words = frozenset(_WORD.findall(shape.lower()))
    return Statement(shape, words & _own_tables(), words & shared_tables(), refused)


@contextmanager
def recorded() -> Iterator[set[Statement]]:
    """The distinct statements of the default connection in this block."""
    found: set[Statement] = set()

    def record(execute: Callable[..., Any], sql: object, *rest: Any) -> Any:
        found.update(read(str(sql)))
        return execute(sql, *rest)

    with connection.execute_wrapper(record):
        yield found


@cache
def _own_tables() -> frozenset[str]:
    return frozenset(placement_rules())
