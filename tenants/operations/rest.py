"""The operator's endpoints for work on tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.viewsets import Listing, Retrieving
from tenants import permissions
from tenants.models import Operation
from tenants.operations.services import cancel_operation, retry_operation

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response


class ParametersOutput(serializers.Serializer[Any]):
    """The two ends of a move; nothing for other kinds."""

    source = serializers.CharField(  # type: ignore[assignment]  # declared fields leave the class
        required=False, help_text="The placement's schema."
    )
    target = serializers.CharField(required=False, help_text="Empty if it is yet to be made.")


class ResultOutput(serializers.Serializer[Any]):
    """What a move that is done did; nothing for other kinds."""

    rows = serializers.IntegerField(required=False, help_text="Rows that were copied.")
    passes = serializers.IntegerField(required=False, help_text="Times that rows were copied.")
    seconds_without_writes = serializers.FloatField(required=False)


class OperationOutput(serializers.ModelSerializer[Operation]):
    """Work on a tenant, and how far it is: ``done`` of ``total`` units of its present step."""

    tenant = serializers.UUIDField(source="tenant_id")
    parameters = ParametersOutput()
    result = ResultOutput()

    class Meta:
        model = Operation
        fields: ClassVar = [
            "id",
            "kind",
            "tenant",
            "subject",
            "parameters",
            "status",
            "step",
            "done",
            "total",
            "failure",
            "result",
            "attempts",
            "requested_by",
            "created_at",
            "started_at",
            "finished_at",
        ]


class OperationFilter(filters.FilterSet):
    """Operations by tenant, kind and status."""

    tenant = filters.UUIDFilter(field_name="tenant_id")

    class Meta:
        model = Operation
        fields: ClassVar = ["tenant", "kind", "status"]


class OperationViewSet(Listing[Operation], Retrieving[Operation]):
    """Provisioning, moves and deletions: queued by their own endpoints, followed here."""

    model = Operation
    action_permissions: ClassVar = {
        "list": permissions.VIEW_OPERATION,
        "retrieve": permissions.VIEW_OPERATION,
        "retry": permissions.UPDATE_OPERATION,
        "cancel": permissions.UPDATE_OPERATION,
    }
    output_serializer = OperationOutput
    filterset_class = OperationFilter
    takes_no_body = frozenset({"retry", "cancel"})

    @extend_schema(request=None, responses=OperationOutput)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # the router's signature
        """Queue an operation that failed once more."""
        return self.present(retry_operation(self.get_object(), actor=actor_of(request)))

    @extend_schema(request=None, responses=OperationOutput)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # the router's signature
        """Withdraw an operation that has not begun."""
        return self.present(cancel_operation(self.get_object(), actor=actor_of(request)))
