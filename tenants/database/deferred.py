"""Statements that wait for the next one of their transaction, and are sent in the same message.

For those whose result nobody needs, such as an entry in the audit log: they cost no round trip.
Whatever is sent next, a query, SAVEPOINT or COMMIT, comes after them, so nobody can tell the
difference, but for where an error of theirs is raised.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from django.db.models import Model

    from tenants.database.base import DatabaseWrapper
    from tenants.database.session import SessionContext


class DeferredStatement(NamedTuple):
    """A statement that has not been sent.

    Attributes:
        context: what it must run under, whatever the next one runs under.
        text: complete, with its parameters.
    """

    context: SessionContext
    text: str


def values_of(row: Model, connection: DatabaseWrapper) -> list[Any]:
    """The values of a new row, as ``insert_of`` its model takes them."""
    return [
        column.get_db_prep_save(column.pre_save(row, add=True), connection)
        for column in row._meta.concrete_fields
    ]


@cache
def insert_of(model: type[Model]) -> str:
    """The statement that inserts a row of a model."""
    columns = [f'"{column.column}"' for column in model._meta.concrete_fields]
    places = ", ".join(["%s"] * len(columns))
    return f'INSERT INTO "{model._meta.db_table}" ({", ".join(columns)}) VALUES ({places})'  # noqa: S608  # a model's own names
