"""The audit log over the API: browsing it, and taking it along."""

from __future__ import annotations

from http import HTTPMethod
from typing import TYPE_CHECKING

import orjson
from drf_spectacular.types import OpenApiTypes

from iac_platform.gateway.actions import Extra, Options, allow, reads
from iac_platform.gateway.actors import actor_of
from iac_platform.gateway.viewsets import ResourceViewSet
from rbac.chain.entries import with_links
from rbac.models import AuditEntry
from rbac.permissions import EXPORT_AUDIT, VIEW_AUDIT
from rbac.rest.filters import AuditFilter
from rbac.rest.serializers import AuditOutput
from rbac.rest.streams import LINES, LinesRenderer, stream
from rbac.services.audit_export import export_entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.http import StreamingHttpResponse
    from rest_framework.request import Request

_EXPORT: Options = {
    "renderer": LinesRenderer,
    "extra": Extra(HTTPMethod.GET, detail=False),
    "schema": {
        "operation_id": "audit_export",
        "filters": True,
        "responses": {(200, LINES): OpenApiTypes.STR},
    },
}


class AuditViewSet(ResourceViewSet[AuditEntry]):
    """The tenant's audit log, newest first."""

    queryset = with_links(AuditEntry.objects.all())
    output_serializer = AuditOutput
    filterset_class = AuditFilter
    list, retrieve = reads(VIEW_AUDIT)

    @allow(EXPORT_AUDIT, **_EXPORT)
    def export(self, request: Request) -> StreamingHttpResponse:
        """The log up to now as JSON lines, oldest first, 100,000 at most.

        Go on with `since` set to the `created_at` of the last line, which comes again.
        """
        entries, asked = self.filter_queryset(self.get_queryset()), request.query_params.dict()
        batches = export_entries(entries, actor=actor_of(request), filters=asked)
        return stream(_lines(batches), LINES, file_name="audit.jsonl")


def _lines(batches: Iterable[list[AuditEntry]]) -> Iterator[bytes]:
    """One chunk for each batch, so that none is read before the one before it is sent."""
    for batch in batches:
        shown = AuditOutput(batch, many=True).data
        yield b"".join(orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE) for each in shown)
