"""The audit log over the API: browsing it, and taking it along."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import orjson
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action

from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.filters import refuse_unknown_parameters
from iac_platform.gateway.rendering import OrjsonRenderer
from iac_platform.gateway.viewsets import Listing, Retrieving
from rbac import permissions
from rbac.chain.entries import with_links
from rbac.models import AuditEntry
from rbac.rest.filters import AuditFilter
from rbac.rest.serializers import AuditOutput
from rbac.rest.streams import LINES, LinesRenderer
from rbac.services.audit_export import export_entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request


class AuditViewSet(Listing[AuditEntry], Retrieving[AuditEntry]):
    """The tenant's audit log, newest first."""

    model = AuditEntry
    action_permissions: ClassVar = {
        "list": permissions.VIEW_AUDIT,
        "retrieve": permissions.VIEW_AUDIT,
        "export": permissions.EXPORT_AUDIT,
    }
    output_serializer = AuditOutput
    filterset_class = AuditFilter

    def get_renderers(self) -> list[BaseRenderer]:
        """JSON, or lines of it where the log is taken along."""
        return [LinesRenderer()] if self.action == "export" else [OrjsonRenderer()]

    def objects(self) -> QuerySet[AuditEntry]:
        """Entries with their links."""
        return with_links(AuditEntry.objects.all())

    @extend_schema(
        operation_id="audit_export", filters=True, responses={(200, LINES): OpenApiTypes.STR}
    )
    @action(detail=False, methods=["get"])
    def export(self, request: Request) -> StreamingHttpResponse:
        """The log up to now as JSON lines, oldest first, 100,000 at most.

        Go on with `since` set to the `created_at` of the last line, which comes again.
        """
        refuse_unknown_parameters(request, self, of_a_list=False)
        entries = self.filter_queryset(self.get_queryset())
        batches = export_entries(
            entries, actor=actor_of(request), filters=request.query_params.dict()
        )
        headers = {
            "Content-Disposition": 'attachment; filename="audit.jsonl"',
            "Cache-Control": "no-store",
        }
        return StreamingHttpResponse(_lines(batches), content_type=LINES, headers=headers)


def _lines(batches: Iterable[list[AuditEntry]]) -> Iterator[bytes]:
    """One chunk for each batch, so that none is read before the one before it is sent."""
    for batch in batches:
        shown = AuditOutput(batch, many=True).data
        yield b"".join(orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE) for each in shown)
