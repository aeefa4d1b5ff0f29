from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from iac_platform.common.errors import DomainError, ErrorKind
from iac_platform.gateway.serializers import InputSerializer
from iac_platform.gateway.viewsets import Creating, Destroying, Listing, Retrieving, Updating
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
    from django.db.models import QuerySet
    from rest_framework.request import Request

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
    places = serializers.ListField(child=serializers.IntegerField(), required=False)


class NoteOutput(serializers.ModelSerializer[Note]):
    class Meta:
        model = Note
        fields = ("id", "name", "owner", "created_at")


class SecretOutput(serializers.Serializer[Any]):
    secret = serializers.CharField()


class NoteViewSet(
    Listing[Note], Retrieving[Note], Creating[Note], Updating[Note], Destroying[Note]
):
    """Notes."""

    model = Note
    authentication_classes = (NamedBearer,)
    action_permissions = {
        "list": VIEW,
        "retrieve": VIEW,
        "create": CREATE,
        "partial_update": CHANGE,
        "destroy": DELETE,
        "seal": CHANGE,
        "secret": CREATE,
    }
    input_serializer = NoteInput
    output_serializer = NoteOutput
    takes_no_body = frozenset({"seal"})
    requires_if_match = True
    ordering_fields = ("name", "created_at")
    filterset_fields: ClassVar[list[str]] = ["owner"]
    unreplayable = frozenset({"secret"})

    def objects(self) -> QuerySet[Note]:
        return Note.objects.using(DATABASE)

    def perform_create(self, data: dict[str, Any]) -> Note:
        NAMES_SERVED.append(data["name"])
        if data["name"] == "taken":
            raise NameTaken("Another note has this name.", name="taken", status="forged")
        if data["name"] == "crash":
            raise ZeroDivisionError("hunter2")
        owner = data.get("owner", cast("Person", self.request.user).name)
        return Note.objects.using(DATABASE).create(name=data["name"], owner=owner)

    def perform_update(self, obj: Note, data: dict[str, Any]) -> Note:
        obj.name, obj.revision = data["name"], obj.revision + 1
        obj.save(using=DATABASE)
        return obj

    def perform_destroy(self, obj: Note) -> None:
        obj.delete(using=DATABASE)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def seal(self, request: Request, pk: str) -> Response:
        """Seal a note."""
        del request, pk
        note = self.get_object()
        NAMES_SERVED.append(note.name)
        return self.present(note)

    @extend_schema(request=None, responses={201: SecretOutput})
    @action(detail=False, methods=["post"])
    def secret(self, request: Request) -> Response:
        """Show a secret once."""
        del request
        NAMES_SERVED.append("secret")
        return Response({"secret": f"s3cret-{len(NAMES_SERVED)}"}, status=201)

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
