"""Forms of answers that views write themselves, piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.renderers import BaseRenderer

if TYPE_CHECKING:
    from collections.abc import Mapping

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
