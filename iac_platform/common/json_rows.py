"""Rows that the database has written as JSON, as models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db import DEFAULT_DB_ALIAS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Model

M = TypeVar("M", bound="Model")


def row_of(model: type[M], columns: Mapping[str, Any]) -> M:
    """A row as ``to_json`` writes it: what the model does not know is left out.

    A column that the row lacks is deferred, as it is with ``only()``.
    """
    fields = [field for field in model._meta.concrete_fields if field.column in columns]
    values = [field.to_python(columns[str(field.column)]) for field in fields]
    return model.from_db(DEFAULT_DB_ALIAS, [field.attname for field in fields], values)
