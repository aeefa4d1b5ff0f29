"""Another value for any column: what suites change rows to, to see who notices."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from collections.abc import Callable


def _other_json(value: Any) -> Any:
    """With a member of each shape that is shown: of limits, of an operation's ends, of groups."""
    if isinstance(value, list):
        return [*value, {"group": "Others", "role": "viewer"}]
    return {**(value or {}), "blueprints": 7, "source": 7, "rows": 7}


# The first that fits: choices, references and arrays are told apart before.
_OTHERS: tuple[tuple[type[models.Field[Any, Any]], Callable[[Any], Any]], ...] = (
    (models.BooleanField, lambda value: not value),
    (models.IntegerField, lambda value: (value or 0) + 1),
    (models.DateTimeField, lambda value: (value or timezone.now()) + timedelta(hours=1)),
    (models.UUIDField, lambda _: uuid.uuid4()),
    (models.JSONField, _other_json),
    (models.BinaryField, lambda value: bytes(value or b"") + b"x"),
    (models.GenericIPAddressField, lambda _: "192.0.2.77"),
)


def other_value(field: models.Field[Any, Any], value: Any) -> Any:
    """Another value that the column could have."""
    if field.is_relation:
        rows: Any = field.related_model
        return rows.objects.exclude(pk=value).values_list("pk", flat=True).first()
    if field.choices:
        return next(key for key, _ in field.flatchoices if key != value)
    if isinstance(field, ArrayField):
        return [other_value(field.base_field, None), *(value or [])]
    for kind, other in _OTHERS:
        if isinstance(field, kind):
            return other(value)
    return f"{(value or '')[: (field.max_length or 100) - 2]}-x"


def changeable_columns(model: type[models.Model]) -> list[Any]:
    """The columns of a model that do not say which row it is, or whose."""
    fields = model._meta.concrete_fields
    return [field for field in fields if not field.primary_key and field.name != "tenant_id"]
