"""Turns a valid blueprint document into infrastructure code.

Two steps, each a registry of folders: ``clouds`` maps the document's components to the
resources of one cloud, as the intermediate representation of :mod:`.ir`; ``targets`` writes
that representation in one format. The same input gives the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.generation import clouds
from blueprints.generation import targets as formats
from blueprints.generation.clouds import UnsupportedCloud
from blueprints.generation.files import GeneratedFile, to_zip
from blueprints.generation.origin import Origin
from blueprints.generation.targets import UnknownTarget

if TYPE_CHECKING:
    from blueprints.catalog.documents import Document

__all__ = [
    "GeneratedFile",
    "UnknownTarget",
    "UnsupportedCloud",
    "generate",
    "resource_types",
    "targets",
    "to_zip",
]


def targets() -> tuple[str, ...]:
    """Return the formats that code can be generated in, sorted."""
    return formats.names()


def generate(
    document: Document, *, target: str, project: str, prefix: str
) -> tuple[GeneratedFile, ...]:
    """Generate the code of one blueprint version.

    Args:
        document: a document that :func:`blueprints.catalog.documents.validate` accepted.
        target: one of :func:`targets`.
        project: id of the project, for tags.
        prefix: the blueprint's, with which resources' names begin; for tags too.

    Returns:
        The files, sorted by path.

    Raises:
        UnknownTarget: there is no such format.
        UnsupportedCloud: the document's cloud has no mapping yet.
        DomainError: the cloud cannot do what a component asks for; the text says which.
    """
    write = formats.writer(target)
    stack = clouds.build(document, Origin(project, prefix))
    return tuple(GeneratedFile(path, content) for path, content in sorted(write(stack).items()))


def resource_types(document: Document, *, project: str, prefix: str) -> frozenset[tuple[str, str]]:
    """Return what a document becomes: the ids of its components, each with a resource type.

    Args, Raises: as of ``generate``.
    """
    stack = clouds.build(document, Origin(project, prefix))
    return frozenset((node.address.component, node.address.type) for node in stack.nodes)
