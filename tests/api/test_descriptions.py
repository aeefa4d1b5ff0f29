"""Every operation is described in words of its own, with examples that are true."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework.serializers import CharField

from iac_platform.gateway.serializers import InputSerializer
from tests.api.routes import METHODS, routes

if TYPE_CHECKING:
    from tenants.models import Tenant


@pytest.fixture(scope="module")
def document() -> Any:
    generator: Any = SchemaGenerator
    return generator().get_schema(request=None, public=True)


def _inputs(above: type[InputSerializer] = InputSerializer) -> list[type[InputSerializer]]:
    routes()  # which have the serializers imported
    found = [each for each in above.__subclasses__() if not each.__module__.startswith("tests.")]
    return [*found, *(below for each in found for below in _inputs(each))]


def test_no_two_operations_have_the_same_summary(document: Any) -> None:
    summaries = Counter(
        operation["summary"]
        for operations in document["paths"].values()
        for method, operation in operations.items()
        if method.upper() in METHODS
    )
    assert [summary for summary, count in summaries.items() if count > 1] == []
    assert {"List users", "Get a role", "Create a delegation", "Delete an API token"} <= set(
        summaries
    )


def test_every_operation_says_more_than_its_summary(document: Any) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method.upper() in METHODS:
                assert operation["description"], f"{method} {path}"


@pytest.mark.usefixtures("in_scope")
@pytest.mark.parametrize("serializer", _inputs(), ids=lambda each: each.__name__)
def test_every_example_is_valid(serializer: type[InputSerializer]) -> None:
    bound = serializer(data=serializer.example)
    assert bound.is_valid(), bound.errors
    with_more = serializer(data={**(serializer.example or {}), "nmae": "x"})
    assert not with_more.is_valid()


def test_texts_lose_the_blanks_around_them_and_passwords_keep_theirs() -> None:
    texts = {
        (name, field.trim_whitespace)
        for serializer in _inputs()
        for name, field in serializer().fields.items()
        if isinstance(field, CharField)
    }
    assert {name for name, is_trimmed in texts if not is_trimmed} == {"password"}
    assert ("name", True) in texts
    assert ("password", True) not in texts


def test_whatever_is_sent_takes_no_further_members(document: Any, in_scope: Tenant) -> None:
    del in_scope
    names = {each.__name__ for each in _inputs()}
    schemas = {
        name: schema
        for name, schema in document["components"]["schemas"].items()
        if name.removesuffix("Request").removeprefix("Patched") in names
    }
    assert len(schemas) >= 25
    for name, schema in schemas.items():
        assert schema["additionalProperties"] is False, name
        assert schema["examples"], name
