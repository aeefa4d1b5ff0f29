"""Fields of the catalog's models."""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from psycopg.types.json import Json

from rbac.models.fields import NameKeyField

__all__ = ["DocumentField", "NameKeyField", "stored_size"]


def stored_size(document: Any) -> int:
    """How many bytes a document takes in its column, before PostgreSQL compresses it."""
    return len(json.dumps(document).encode())


class DocumentField(models.JSONField):
    """JSON as it was written: PostgreSQL's ``json``, which keeps the order of members.

    ``jsonb`` sorts them by length, so people would get their document back shuffled.
    Nothing is searched inside a document: row-level security keeps the operators of
    ``jsonb`` off their indexes anyway.
    """

    def db_type(self, connection: Any) -> str:  # noqa: ARG002  # Django's signature
        """The column's type."""
        return "json"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: ARG002  # Django's signature
        """A document on its way to the database."""
        # Said here rather than left to psycopg: ``stored_size`` counts on it.
        return Json(value, dumps=json.dumps)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:  # noqa: ARG002  # Django's signature
        """A document from the database; psycopg has parsed it already."""
        return value
