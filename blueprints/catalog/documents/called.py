"""Names that a blueprint's prefix makes for its components, which nothing else may take.

A document does not know the prefix of its blueprint: whoever saves it does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from blueprints.catalog.component_types.resources import CALLED, NAMED, name_place
from blueprints.catalog.prefixes import MAX_PREFIX
from blueprints.catalog.problems import Problem, quoted

from .attributes import RAW
from .errors import InvalidDocument
from .expressions import Join, Var, text_of
from .known_values import BY_DEFAULT, at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .model import Component, Document

_Key = tuple[object, ...]
# Ids that end as a mark does get one of their own.
_LOOKS_MARKED = re.compile(r"(?:.*-)?[0-9a-f]{8}")


def require_free_names(document: Document, checked: Mapping[str, Any], prefix: str) -> None:
    """Refuse a document that names a resource as the prefix names another of its components.

    Args:
        document: a valid one.
        checked: the same as JSON values, for the places of its components.
        prefix: the blueprint's.

    Raises:
        InvalidDocument: a resource in a provider's words has such a name, literally, or by what
            variables are by default or in an environment.
    """
    taken = dict(_taken(document, prefix))
    places = {each["id"]: index for index, each in enumerate(checked["components"])}
    problems = []
    for component in document.components:
        found = next((taken[key] for key in _raw(component, document) if key in taken), None)
        if found:
            argument = NAMED[component.properties["resource"]][0]
            path = ("components", places[component.id], "properties", "arguments", argument)
            message = f"{quoted(found)} has this name already: give each its own."
            problems.append(Problem.error(path, message, "repeated-name"))
    if problems:
        raise InvalidDocument(problems)


def _taken(document: Document, prefix: str) -> Iterator[tuple[_Key, str]]:
    for component in document.components:
        for resource, name in made_names(component, prefix):
            yield (*_place(resource, component, document), name.lower()), component.id


def made_names(component: Component, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield the resource types and names that tell a component's id; a marked one is left out."""
    identity, repeat = component.identity, component.repeat
    if (repeat and repeat.kind != "when") or _LOOKS_MARKED.fullmatch(identity):
        return
    ending = ".fifo" if component.type == "queue" and component.properties["fifo"] else ""
    for resource, (shape, limit) in CALLED.get(component.type, {}).items():
        if len(identity) <= limit - MAX_PREFIX - 1 - len(ending):
            yield resource, shape.format(f"{prefix}-{identity}") + ending


def _raw(component: Component, document: Document) -> Iterator[_Key]:
    """Yield what a raw component is called, as far as it is known."""
    resource = component.properties["resource"] if component.type == RAW else ""
    if resource not in NAMED:
        return
    name = component.properties["arguments"].arguments.get(NAMED[resource][0])
    for values in (BY_DEFAULT, *document.environments.values()):
        text = _text(name, document, values)
        if text is not None:
            yield (*_place(resource, component, document), text.lower())


def _text(name: object, document: Document, values: Mapping[str, Any]) -> str | None:
    def known(part: object) -> object:
        if not isinstance(part, Var):
            return None
        default = document.variables[part.name].default
        return at(values.get(part.name, default), part.path)

    found = text_of(name, known) if isinstance(name, Join) else known(name)
    text = name if isinstance(name, str) else found
    return text if isinstance(text, str) else None


def _place(resource: str, component: Component, document: Document) -> _Key:
    provider = document.providers[component.provider]
    region = provider.region, provider.region_variable
    return resource, name_place(resource, region, provider.account)
