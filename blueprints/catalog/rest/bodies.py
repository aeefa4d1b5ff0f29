"""Bodies that hold a blueprint document: read strictly, and refused with exact places."""

from __future__ import annotations

from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from rest_framework.parsers import BaseParser

from blueprints.catalog import documents
from blueprints.catalog.documents import InvalidDocument
from blueprints.catalog.documents.limits import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What is read of a body that is too large anyway: a client that is still sending would
# otherwise find its connection closed, and never see the answer.
_DISCARDED = 32 * 1024 * 1024
_CHUNK = 256 * 1024


class DocumentParser(BaseParser):
    """Parses JSON that two readers cannot understand differently.

    Unlike the API's usual parser it refuses objects with two members of one name, so
    that what a reviewer sees in a document is what is built.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002  # DRF's signature
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002  # likewise
    ) -> Any:
        """The body's JSON values.

        Raises:
            DocumentTooLarge: there are more bytes than a document may have.
            InvalidDocument: it is not JSON, or JSON that can be read in two ways.
        """
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            _discard(stream)
        with places_in(""):
            return documents.parse(body)


@contextmanager
def places_in(member: str) -> Iterator[None]:
    """Let what is wrong with a document point into the body that holds it.

    Args:
        member: where the document lies in the body, as a JSON Pointer.
    """
    try:
        yield
    except InvalidDocument as error:
        error.point_into(member)
        raise


# For services that take the member ``document`` of a body.
in_document = places_in("/document")


def _discard(stream: IO[Any]) -> None:
    left = _DISCARDED
    while left > 0:
        chunk = stream.read(min(_CHUNK, left))
        if not chunk:
            return
        left -= len(chunk)
