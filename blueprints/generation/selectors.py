"""Code of stored versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints import generation
from blueprints.catalog import documents, large_documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.models import BlueprintVersion
    from blueprints.generation import GeneratedFile


def code_of(version: BlueprintVersion, *, target: str) -> tuple[GeneratedFile, ...]:
    """Generate the code of a stored version.

    Args:
        version: with its blueprint, whose prefix names the resources.
        target: one of ``generation.targets()``.

    Raises:
        UnknownTarget: there is no such format.
        UnsupportedCloud: the document's cloud has no mapping yet.
        InvalidDocument: a later release no longer accepts what this version says.
        DomainError: the cloud cannot do what a component asks for.
        LargeDocumentsBusy: it is large, and so is another that is being worked on.
    """
    with large_documents.turn(version.document):
        return _code_of(version.checked(), version, target)


def _code_of(
    document: documents.Document, version: BlueprintVersion, target: str
) -> tuple[GeneratedFile, ...]:
    return generation.generate(
        document,
        target=target,
        project=str(version.blueprint.project_id),
        prefix=version.blueprint.prefix,
    )


def described_code(version: BlueprintVersion, *, target: str) -> dict[str, Any]:
    """The code of a stored version, what it was made from, and the warnings about that.

    Args, Raises: as of ``code_of``.
    """
    with large_documents.turn(version.document):
        document = version.checked()
        return {
            "target": target,
            "blueprint": version.blueprint_id,
            "version": version.number,
            "content_hash": version.content_hash,
            "overrides": list(_overrides(document)),
            "files": _code_of(document, version, target),
            "review": document.review.after(_without_effect(document, version)),
        }


def _without_effect(
    document: documents.Document, version: BlueprintVersion
) -> Iterator[documents.Problem]:
    """Warn of overrides of resources that a component could become, and does not."""
    given = [(c.id, resource) for c in document.components for resource in c.overrides]
    made = _resource_types(document, version) if given else frozenset()
    places = [component["id"] for component in version.document["components"]]
    for component, resource in given:
        if (component, resource) not in made:
            path = ("components", places.index(component), "overrides", document.cloud, resource)
            yield documents.Problem.warning(
                path,
                f"Component {component!r} becomes no {resource}, so this changes nothing.",
                "without-effect",
                fix="Set the property that makes the resource, or remove the override.",
            )


def _resource_types(
    document: documents.Document, version: BlueprintVersion
) -> frozenset[tuple[str, str]]:
    return generation.resource_types(
        document, project=str(version.blueprint.project_id), prefix=version.blueprint.prefix
    )


def _components(document: documents.Document) -> Iterator[documents.Component]:
    """Yield the components, those in modules too."""
    for component in document.components:
        yield component
        if component.type == "module":
            yield from _components(component.properties["document"])


def _overrides(document: documents.Document) -> Iterator[dict[str, Any]]:
    """What the document says to the provider beyond its components' properties."""
    for component in _components(document):
        for resource, given in sorted(component.overrides.items()):
            yield {
                "component": "/".join((*component.within, component.id)),
                "resource": resource,
                "arguments": list(given.names),
            }
