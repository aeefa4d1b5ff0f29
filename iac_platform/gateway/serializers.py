from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.response import Response
from rest_framework.settings import api_settings

from iac_platform.gateway.etags import tag_of
from iac_platform.gateway.outputs import serialize
from iac_platform.gateway.strictness import unknown_members

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rest_framework.request import Request


_AnyField: TypeAlias = "serializers.Field[Any, Any, Any, Any]"
# What JSON calls a value of each kind of field.
_JSON_TYPES: Mapping[type[_AnyField], tuple[set[type], str]] = {
    serializers.CharField: ({str}, "a string"),
    serializers.ChoiceField: ({str}, "a string"),
    serializers.UUIDField: ({str}, "a string"),
    serializers.IntegerField: ({int}, "a whole number"),
    serializers.BooleanField: ({bool}, "true or false"),
}


class InputSerializer(serializers.Serializer[Any]):
    """What a client may send: a member nobody declared is an error, never ignored.

    So a misspelt member is noticed, and nobody sets what they should not by guessing
    that the model has it.

    Attributes:
        example: a body that is valid, for the API's description.
    """

    example: ClassVar[Mapping[str, Any] | None] = None

    def to_internal_value(self, data: Any) -> Any:
        """Refuse unknown members and other types than are declared, then validate the rest."""
        if not isinstance(data, Mapping):
            fault = ErrorDetail(f"Send an object, not {_named(data)}.", "invalid")
            raise serializers.ValidationError({api_settings.NON_FIELD_ERRORS_KEY: [fault]})
        writable = {name for name, field in self.fields.items() if not field.read_only}
        # As many as there are, no more than what is shown of them is made into errors.
        unknown = unknown_members(name for name in data if name not in writable)
        wrong = dict(_of_another_type(self.fields, data))
        if unknown or wrong:
            raise serializers.ValidationError(wrong | unknown)
        return super().to_internal_value(data)

    def arguments(self, reader: Any) -> dict[str, Any]:
        """What a service is called with, once the body is valid: references are looked up.

        Args:
            reader: who sent it, and refers only to what they may see.
        """
        return {
            name: field.find(value, reader)
            if value is not None and isinstance(field := self.fields.get(name), Reference)
            else value
            for name, value in self.validated_data.items()
        }


def _of_another_type(
    fields: Mapping[str, _AnyField], data: Mapping[str, Any]
) -> Iterator[tuple[str, list[ErrorDetail]]]:
    """Errors at the members that DRF would turn into the declared type: 5 into "5", 1 into true."""
    for name, value in data.items():
        if name in fields and (fault := _type_fault(fields[name], value)):
            yield name, [ErrorDetail(fault, "invalid")]


def _type_fault(field: _AnyField, value: object) -> str:
    """What is to be sent instead of a scalar of another type; empty where nothing is."""
    if not isinstance(value, str | bool | int | float):
        return ""
    for declared, (accepted, article) in _JSON_TYPES.items():
        if isinstance(field, declared) and type(value) not in accepted:
            # JSON has one type of numbers: 5.0 is a whole one.
            is_whole = isinstance(value, float) and value.is_integer() and int in accepted
            return "" if is_whole else f"Send {article}, not {_named(value)}."
    return ""


def _named(value: object) -> str:
    """What JSON calls a value."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    named: Mapping[type, str] = {str: "a string", list: "an array", dict: "an object"}
    return named.get(type(value), "a number")


class Reference(serializers.Field[Any, Any, Any, Any]):
    """A member that refers to another object, which services are given in its place.

    Mix it into the field that says how the reference is written:
    ``class TeamReference(Reference, serializers.UUIDField)``.
    """

    def find(self, value: Any, reader: Any) -> object:
        """What the value refers to, if the reader may see it.

        Raises:
            DomainError: there is nothing, or they may not.
        """
        raise NotImplementedError


class ListField(serializers.ListField):
    """A list whose length is looked at before its items are; DRF's own does so afterwards."""

    max_length: int

    def __init__(self, *, max_length: int, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)

    def to_internal_value(self, data: Any) -> list[Any]:
        """Refuse what is no list, or one that is too long, then validate each item."""
        if not isinstance(data, list):
            raise serializers.ValidationError(f"Send an array, not {_named(data)}.", "not_a_list")
        if len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)

    def run_child_validation(self, data: Any) -> list[Any]:
        """Validate each item; one of another type than is declared is refused."""
        values, errors = [], {}
        for index, item in enumerate(data):
            try:
                values.append(self._valid(item))
            except serializers.ValidationError as error:
                errors[str(index)] = error.detail
        if errors:
            raise serializers.ValidationError(errors)
        return values

    def _valid(self, item: Any) -> Any:
        if fault := _type_fault(self.child, item):
            raise serializers.ValidationError(fault, "invalid")
        return self.child.run_validation(item)


class DictField(serializers.DictField):
    """An object whose number of members is looked at before the members are."""

    default_error_messages: ClassVar = {"max_length": "At most {max_length} members."}

    def __init__(self, *, max_length: int, **options: Any) -> None:
        self.max_length = max_length
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Refuse what is no object, or has too many members, then validate each."""
        if not isinstance(data, dict):
            raise serializers.ValidationError(f"Send an object, not {_named(data)}.", "not_a_dict")
        if len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


def parse(
    serializer: type[serializers.Serializer[Any]],
    request: Request,
    *,
    partial: bool = False,
) -> dict[str, Any]:
    """The validated body of a request, as arguments of a service.

    Args:
        serializer: what the body must be.
        request: whose body it is.
        partial: for PATCH: members may be missing.

    Raises:
        rest_framework.exceptions.ValidationError: with the place of each error.
        DomainError: it refers to what is not there, or is hidden from the user.
    """
    bound = serializer(data=request.data, partial=partial, context={"request": request})
    bound.is_valid(raise_exception=True)
    if isinstance(bound, InputSerializer):
        return bound.arguments(request.user)
    return dict(bound.validated_data)


def present(
    serializer: type[serializers.Serializer[Any]],
    obj: Any,
    status: int = 200,
    *,
    headers: Mapping[str, str] | None = None,
    context: Mapping[str, Any] | None = None,
) -> Response:
    """An object as a response, under an entity tag that covers all that is shown of it.

    The object is serialized here, inside the tenant's scope, and not when the response
    is rendered.
    """
    data = serialize(serializer, obj, context or {})
    response = Response(data, status=status, headers=dict(headers or {}))
    response.headers["ETag"] = tag_of(obj, data)
    # May be kept by the client alone, and is asked about each time.
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def present_once(shown: Any, status: int = 200, *, location: str = "") -> Response:
    """An answer that nobody on the way may keep: it is true now, or holds a secret.

    It has no entity tag, as nobody should ask for it again, and no ``Idempotency-Key`` repeats it.
    """
    headers = {"Cache-Control": "no-store"} | ({"Location": location} if location else {})
    return Response(shown, status=status, headers=headers)
