"""Objects as serializers show them, without asking each serializer anew how it shows each.

REST framework copies and binds all fields of a serializer for each answer, and walks to each
value by way of its source. Where all that is shown stands in attributes of the object, in fields
that need nothing else, both are the same for every object of a kind and are found out once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from functools import lru_cache, partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from django.conf import settings
from django.db.models.fields.related_descriptors import ForwardManyToOneDescriptor
from django.db.models.manager import BaseManager
from rest_framework import ISO_8601, serializers
from rest_framework.settings import api_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable
    from datetime import datetime

    Shape = type[serializers.Serializer[Any]]

# Their ``to_representation`` knows the value alone: no request, no other member.
_PLAIN = frozenset(
    {
        serializers.BooleanField,
        serializers.CharField,
        serializers.ChoiceField,
        serializers.DateTimeField,
        serializers.EmailField,
        serializers.IntegerField,
        serializers.IPAddressField,
        serializers.SlugField,
        serializers.UUIDField,
    }
)


class _Member(NamedTuple):
    name: str
    value: Callable[[Any], Any]
    show: Callable[[Any], Any]


def serialize(shape: Shape, obj: Any, context: Mapping[str, Any]) -> Any:
    """One object as its serializer shows it."""
    members = _members(shape, cast("Hashable", type(obj)))
    if members is None:
        return shape(obj, context=dict(context)).data
    return _show(members, obj)


def serialize_all(shape: Shape, objects: Iterable[Any], context: Mapping[str, Any]) -> Any:
    """Objects of one kind as their serializer shows them."""
    found = list(objects)
    members = _members(shape, cast("Hashable", type(found[0]))) if found else ()
    if members is None:
        return shape(found, many=True, context=dict(context)).data
    return [_show(members, obj) for obj in found]


def _show(members: tuple[_Member, ...], obj: Any) -> dict[str, Any]:
    shown = {}
    for name, value, show in members:
        found = value(obj)
        shown[name] = None if found is None else show(found)
    return shown


@lru_cache(maxsize=512)
def _members(shape: Shape, kind: Hashable) -> tuple[_Member, ...] | None:
    """How objects of a kind are shown; None where the serializer has to be asked each time."""
    is_plain = shape.to_representation is serializers.Serializer.to_representation or (
        issubclass(shape, serializers.ModelSerializer)
        and shape.to_representation is serializers.ModelSerializer.to_representation
    )
    if not is_plain or not isinstance(kind, type) or issubclass(kind, Mapping):
        return None
    fields = [field for field in shape().fields.values() if not field.write_only]
    if not all(_is_plain(field, kind) for field in fields):
        return None
    return tuple(
        _Member(str(field.field_name), attrgetter(str(field.source)), _shown_by(field))
        for field in fields
    )


def _shown_by(field: serializers.Field[Any, Any, Any, Any]) -> Callable[[Any], Any]:
    """How a field shows a value: as it would itself, found out once where it can be."""
    if type(field) is serializers.CharField:
        return str
    if type(field) is serializers.DateTimeField and _is_iso_in_utc(field):
        return partial(_show_moment, field)
    if type(field) is serializers.ListSerializer:
        return partial(_show_all, field)
    return field.to_representation


def _show_all(field: serializers.ListSerializer[Any], values: Iterable[Any]) -> list[Any]:
    rows = values.all() if isinstance(values, BaseManager) else values
    shape = cast("Shape", type(field.child))
    return list(serialize_all(shape, rows, {}))


def _is_iso_in_utc(field: serializers.DateTimeField) -> bool:
    is_default = not hasattr(field, "format") and not hasattr(field, "timezone")
    return is_default and settings.TIME_ZONE == "UTC" and api_settings.DATETIME_FORMAT == ISO_8601


def _show_moment(field: serializers.DateTimeField, value: datetime) -> Any:
    if value.tzinfo is UTC:  # as all are that come from the database
        return f"{value.isoformat().removesuffix('+00:00')}Z"
    return field.to_representation(value)


def _is_plain(field: serializers.Field[Any, Any, Any, Any], kind: type) -> bool:
    """Whether a field shows an attribute of the object; methods are called by the serializer."""
    steps = str(field.source).split(".")
    # What is None on the way is for the serializer to say.
    is_sure = len(steps) == 1 or (field.required and not field.allow_null)
    return is_sure and _needs_value_alone(field) and _are_attributes(steps, kind)


def _are_attributes(steps: list[str], kind: type) -> bool:
    """Whether steps lead by attributes alone, as far as classes say what they lead to."""
    for step in steps:
        if not hasattr(kind, step) or callable(getattr(kind, step)):
            return False
        if not isinstance(getattr(kind, step), ForwardManyToOneDescriptor):
            return True
        kind = getattr(kind, step).field.related_model
    return True


def _needs_value_alone(field: serializers.Field[Any, Any, Any, Any]) -> bool:
    """Whether a field shows a value without knowing the request, or another member."""
    if type(field) is serializers.ListField:
        return _needs_value_alone(field.child)
    if type(field) is serializers.ListSerializer:
        inner = cast("serializers.Serializer[Any]", field.child).fields.values()
        return all(type(each) in _PLAIN for each in inner)
    return type(field) in _PLAIN or getattr(field, "shows_value_alone", False)
