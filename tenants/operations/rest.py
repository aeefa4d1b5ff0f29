"""The operator's endpoints for work on tenants."""

from __future__ import annotations

from typing import Any, ClassVar

from django_filters import rest_framework as filters
from rest_framework import serializers

from iac_platform.gateway.actions import reads, runs
from iac_platform.gateway.viewsets import ResourceViewSet
from tenants.models import Operation
from tenants.operations.services import cancel_operation, retry_operation
from tenants.permissions import UPDATE_OPERATION, VIEW_OPERATION


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


_RETRY = "Queue an operation that failed once more."
_CANCEL = "Withdraw an operation that has not begun."


class OperationViewSet(ResourceViewSet[Operation]):
    """Provisioning, moves and deletions: queued by their own endpoints, followed here."""

    model = Operation
    output_serializer = OperationOutput
    filterset_class = OperationFilter
    list, retrieve = reads(VIEW_OPERATION)
    retry = runs(UPDATE_OPERATION, retry_operation, summary=_RETRY)
    cancel = runs(UPDATE_OPERATION, cancel_operation, summary=_CANCEL)
