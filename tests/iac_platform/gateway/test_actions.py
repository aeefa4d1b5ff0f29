"""What a viewset can do is what its class declares, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.test import APIRequestFactory

from iac_platform.gateway.actions import Extra, allow, deletes, lists, runs
from iac_platform.gateway.serializers import InputSerializer, Reference, parse
from iac_platform.gateway.viewsets import ResourceViewSet
from tests.iac_platform.gateway.notes.access import CHANGE, DELETE, PEOPLE, VIEW
from tests.iac_platform.gateway.notes.models import Note
from tests.iac_platform.gateway.notes.views import NoteViewSet, delete_note, seal_note


def test_the_permissions_are_those_of_the_declared_actions() -> None:
    class Notes(ResourceViewSet[Note]):
        model = Note
        list = lists(VIEW)
        destroy = deletes(DELETE, delete_note)

    assert Notes.action_permissions == {"list": VIEW, "destroy": DELETE}


def test_a_subclass_inherits_and_declares_more() -> None:
    class Notes(NoteViewSet):
        seal = runs(VIEW, seal_note)

    assert Notes.action_permissions == {**NoteViewSet.action_permissions, "seal": VIEW}
    assert NoteViewSet.action_permissions["seal"] == CHANGE


def test_what_a_subclass_defines_by_other_means_is_not_declared() -> None:
    class Notes(NoteViewSet):
        def seal(self, request: Request, pk: str) -> Response:  # type: ignore[override]  # on purpose
            raise AssertionError(request, pk)

        secret = None  # type: ignore[assignment]  # likewise

    assert NoteViewSet.action_permissions.keys() - Notes.action_permissions == {"seal", "secret"}


def test_the_queryset_says_what_the_endpoint_is_about() -> None:
    assert NoteViewSet().model is Note


def test_a_router_mounts_what_is_no_standard_action() -> None:
    class Notes(ResourceViewSet[Note]):
        model = Note
        lookup_value_regex = "[^/]+"
        list = lists(VIEW)
        seal = runs(CHANGE, seal_note, extra=Extra(path="locks/seal"))

        @allow(VIEW, extra=Extra(detail=False))
        def count(self, _: Request) -> Response:
            """Count notes."""
            return Response(1)

    router = SimpleRouter()
    router.register("notes", Notes, basename="note")
    assert [str(url.pattern) for url in router.urls] == [
        "^notes/$",
        "^notes/count/$",
        "^notes/(?P<pk>[^/]+)/locks/seal/$",
    ]


class OwnerReference(Reference, serializers.CharField):
    """A person, by their name."""

    def find(self, value: str, reader: Any) -> object:
        if value == "hidden":
            raise LookupError(reader.name)
        return PEOPLE[value]


class LoanInput(InputSerializer):
    """To whom something is lent."""

    owner = OwnerReference(required=False, allow_null=True)
    days = serializers.IntegerField(min_value=1)


def _parsed(**body: Any) -> dict[str, Any]:
    request = Request(APIRequestFactory().post("/", body), parsers=[JSONParser()])
    request.user = PEOPLE["ann"]  # type: ignore[assignment]  # a Person
    return parse(LoanInput, request)


def test_a_service_is_given_what_a_body_refers_to() -> None:
    assert _parsed(owner="bob", days=2) == {"owner": PEOPLE["bob"], "days": 2}


@pytest.mark.parametrize("body", [{"owner": None, "days": 2}, {"days": 2}])
def test_what_refers_to_nothing_stays_as_it_is(body: dict[str, Any]) -> None:
    assert _parsed(**body) == body


def test_what_is_looked_up_depends_on_who_asks() -> None:
    with pytest.raises(LookupError, match="ann"):
        _parsed(owner="hidden", days=2)


def test_nothing_is_looked_up_for_a_body_that_is_not_valid() -> None:
    with pytest.raises(ValidationError) as refusal:
        _parsed(owner="hidden", days=0)
    error = ErrorDetail("Ensure this value is greater than or equal to 1.", "min_value")
    assert refusal.value.detail == {"days": [error]}
