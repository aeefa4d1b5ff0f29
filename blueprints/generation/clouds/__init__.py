"""Clouds: every package here that defines ``build`` turns documents into stacks for one.

The package's name is the document's ``cloud``, so a new cloud is a new folder.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from blueprints.catalog.documents.relations import apply
from blueprints.generation.plugins import plugins
from iac_platform.common.errors import DomainError, ErrorKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from blueprints.catalog.documents import Document
    from blueprints.generation.ir import Stack
    from blueprints.generation.origin import Origin

    Build = Callable[[Document, Origin], Stack]


class UnsupportedCloud(DomainError):
    """Documents for this cloud are valid, but no code can be generated for it yet."""

    code = "unsupported-cloud"
    title = "No code can be generated for this cloud"
    kind = ErrorKind.INVALID


@cache
def _registry() -> Mapping[str, Build]:
    return plugins(__name__, __path__, "build")


def names() -> tuple[str, ...]:
    """Return the clouds that code can be generated for, sorted."""
    return tuple(_registry())


def build(document: Document, origin: Origin) -> Stack:
    """Turn a valid document into the stack of its cloud.

    Raises:
        UnsupportedCloud: there is no such folder yet.
        DomainError: the cloud cannot express something in the document; the text says what.
    """
    known = _registry()
    if document.cloud not in known:
        raise UnsupportedCloud(
            f"No code can be generated for {document.cloud!r} yet. Known: {', '.join(names())}.",
            known=list(names()),
        )
    return known[document.cloud](apply(document).document, origin)
