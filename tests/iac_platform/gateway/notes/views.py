from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from iac_platform.common.errors import DomainError, ErrorKind
from iac_platform.gateway.actions import Extra, allow, creates, deletes, reads, runs, updates
from iac_platform.gateway.serializers import InputSerializer, ListField, present_once
from iac_platform.gateway.viewsets import ResourceViewSet
from tests.iac_platform.gateway.notes.access import (
    CHANGE,
    CREATE,
    DELETE,
    PEOPLE,
    VIEW,
    NamedBearer,
)
from tests.iac_platform.gateway.notes.models import DATABASE, Note

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response

    from tests.iac_platform.gateway.notes.access import Person

NAMES_SERVED: list[str] = []


class NameTaken(DomainError):
    code = "name-taken"
    title = "The name is taken"
    kind = ErrorKind.CONFLICT


class NoteInput(InputSerializer):
    name = serializers.CharField(max_length=20)
    owner = serializers.CharField(required=False)
    id = serializers.UUIDField(read_only=True)
    places = ListField(child=serializers.IntegerField(), required=False, max_length=20)


class NoteOutput(serializers.ModelSerializer[Note]):
    class Meta:
        model = Note
        fields = ("id", "name", "owner", "created_at")


class SecretOutput(serializers.Serializer[Any]):
    secret = serializers.CharField()


def create_note(*, name: str, actor: Person, owner: str = "", **_: Any) -> Note:
    NAMES_SERVED.append(name)
    if name == "taken":
        raise NameTaken("Another note has this name.", name="taken", status="forged")
    if name == "crash":
        raise ZeroDivisionError("hunter2")
    return Note.objects.using(DATABASE).create(name=name, owner=owner or actor.name)


def update_note(
    note: Note, *, actor: Person, changes: dict[str, Any], revision: int | None
) -> Note:
    assert actor.is_authenticated
    assert revision == note.revision
    note.name, note.revision = changes["name"], note.revision + 1
    note.save(using=DATABASE)
    return note


def delete_note(note: Note, *, actor: Person) -> None:
    assert actor.is_authenticated
    note.delete(using=DATABASE)


def seal_note(note: Note, *, actor: Person) -> Note:
    assert actor.is_authenticated
    NAMES_SERVED.append(note.name)
    return note


class NoteViewSet(ResourceViewSet[Note]):
    """Notes."""

    queryset = Note.objects.using(DATABASE)
    authentication_classes = (NamedBearer,)
    output_serializer = NoteOutput
    requires_if_match = True
    ordering_fields = ("name", "created_at")
    filterset_fields: ClassVar[list[str]] = ["owner"]
    list, retrieve = reads(VIEW)
    create = creates(CREATE, create_note, NoteInput)
    partial_update = updates(CHANGE, update_note, NoteInput)
    destroy = deletes(DELETE, delete_note)
    seal = runs(CHANGE, seal_note, summary="Seal a note.")

    @allow(
        CREATE,
        body=NoteInput,
        output=SecretOutput,
        status=201,
        extra=Extra(detail=False),
    )
    def secret(self, _: Request) -> Response:
        """Show a secret once."""
        NAMES_SERVED.append("secret")
        return present_once({"secret": f"s3cret-{len(NAMES_SERVED)}"}, 201)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def forgotten(self, request: Request, pk: str) -> Response:
        """Nobody declared this verb."""
        raise AssertionError(request, pk, PEOPLE)


def plain(request: HttpRequest, what: str) -> HttpResponse:
    """A plain Django view that fails in the asked way."""
    if what == "crash":
        raise ZeroDivisionError("hunter2")
    if what == "domain":
        raise NameTaken("Another note has this name.")
    if what == "body":
        return HttpResponse(request.body)
    return HttpResponse("<p>fine</p>")
