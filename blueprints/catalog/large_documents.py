"""Large documents, of which a process works on a few at a time.

What a document costs to check and to generate grows with its size, up to seconds. One tenant's take
one of the threads that serve everybody, so that others find the rest free.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

from blueprints.catalog import documents
from iac_platform.common.errors import DomainError, ErrorKind
from iac_platform.common.places import Places
from tenants.context import current_tenant_id

if TYPE_CHECKING:
    from collections.abc import Iterator


class LargeDocumentsBusy(DomainError):
    """Another large document of the tenant is being worked on, or many of others."""

    code = "large-document-busy"
    title = "A large document is being worked on"
    kind = ErrorKind.EXHAUSTED

    def __init__(self) -> None:
        super().__init__(
            "Large documents are checked and generated one after another. Try again in a few "
            "seconds."
        )


@contextmanager
def turn(*given: object) -> Iterator[None]:
    """Take a place for the work inside the block, if these documents are large together.

    Args:
        given: JSON values, valid or not.

    Raises:
        LargeDocumentsBusy: there is no place.
    """
    if sum(map(documents.size_with_modules, given)) < settings.LARGE_DOCUMENTS["bytes"]:
        yield
        return
    with _places().taken(current_tenant_id()):
        yield


@cache
def _places() -> Places:
    limits = settings.LARGE_DOCUMENTS
    return Places(limits["in_all"], limits["of_one_tenant"], LargeDocumentsBusy)
