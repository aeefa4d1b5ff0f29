"""Fields of the catalog's models."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db import models
from psycopg.types.json import Json

from blueprints.catalog.names import MAX_FOLDED, fold

if TYPE_CHECKING:
    _Text = models.CharField[str, str]
else:
    _Text = models.CharField


def stored_size(document: Any) -> int:
    """How many bytes a document takes in its column, before PostgreSQL compresses it."""
    return len(json.dumps(document).encode())


class NameKeyField(_Text):
    """The folded form of the model's ``name``, kept in step with it on every save.

    The "C" collation compares code points, so that a prefix is a range.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs = {"max_length": MAX_FOLDED, "editable": False, "db_collation": "C", **kwargs}
        super().__init__(*args, **kwargs)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: ARG002  # Django's signature
        """Fold the name that is about to be saved."""
        key = fold(model_instance.name)  # type: ignore[attr-defined]  # the models that use the field have it
        setattr(model_instance, self.attname, key)
        return key


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
