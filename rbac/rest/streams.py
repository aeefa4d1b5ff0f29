"""Forms of answers that views write themselves, piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import StreamingHttpResponse
from rest_framework.renderers import BaseRenderer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LINES, TABLE = "application/x-ndjson", "text/csv"


class StreamRenderer(BaseRenderer):
    """Lets clients ask for a form of answer that the view writes itself."""

    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,  # noqa: ARG002  # DRF's signature
        renderer_context: Mapping[str, Any] | None = None,  # noqa: ARG002  # likewise
    ) -> bytes:
        """Bytes as they are."""
        return data or b""


class LinesRenderer(StreamRenderer):
    """JSON lines."""

    media_type = LINES
    format = "lines"


class TableRenderer(StreamRenderer):
    """CSV (RFC 4180)."""

    media_type = TABLE
    format = "csv"


def stream(pieces: Iterable[bytes], content_type: str, *, file_name: str) -> StreamingHttpResponse:
    """A download that is sent as it is written, and that nobody on the way may keep."""
    headers = {
        "Content-Disposition": f'attachment; filename="{file_name}"',
        "Cache-Control": "no-store",
    }
    return StreamingHttpResponse(pieces, content_type=content_type, headers=headers)
