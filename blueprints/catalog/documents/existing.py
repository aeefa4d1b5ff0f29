"""Whether a document may look something up, and name it where it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.component_types.existing import EXISTING
from blueprints.catalog.problems import Path, Problem, quoted

from .expressions import Ref
from .model import Existing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .drafts import ComponentDraft, Draft
    from .model import Relation

#: What a component that is only looked up cannot have.
_OF_MANAGED_ONLY = ("tags", "overrides", "lifecycle", "moved_from", "comment")
#: What other components can have to do with one: nothing that would change it.
_RELATIONS = ("depends_on", "reads_from", "writes_to")


def shape_problems(type_name: str, component: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    """Yield what keeps a component from being looked up, if it says that it exists."""
    known = EXISTING.get(type_name)
    if known is None:
        message = (
            f"Components of type {type_name} cannot be looked up. "
            f"These can: {', '.join(sorted(EXISTING))}. For others, write the id where it belongs."
        )
        yield Problem.error((*path, "existing"), message)
        return
    for member in component["existing"]:
        if member not in known.found_by:
            wanted = " or ".join(known.found_by)
            message = f"Components of type {type_name} are looked up by {wanted}, not by {member}."
            yield Problem.error((*path, "existing", member), message, "unknown-property")
    for member in _OF_MANAGED_ONLY:
        if component.get(member):
            message = f"What exists is only looked up: it takes no {member} from here."
            yield Problem.error((*path, member), message)


def problems(draft: Draft) -> Iterator[Problem]:
    """Yield where existing and managed components do not go together."""
    for component in draft.existing:
        yield from _placed_in_managed(component, draft)
    for component in draft.components:
        yield from _needs_managed(component, draft)
        yield from _public_in_existing(component, draft)
    for path, relation in draft.relations:
        yield from _relation_problems(path, relation, draft)


def _exists(draft: Draft, component_id: str) -> bool:
    found = draft.by_id.get(component_id)
    return found is not None and found.component.existing is not None


def _placed_in_managed(component: ComponentDraft, draft: Draft) -> Iterator[Problem]:
    """What exists already lies in no network that is still to be made."""
    for use, reference in component.references():
        known = draft.by_id.get(reference.component)
        if known and known.component.existing is None and not reference.attribute:
            message = (
                f"{quoted(reference.component)} is made by this document, so nothing that exists "
                "lies in it."
            )
            yield Problem.error((*use.path, "ref"), message, "wrong-reference")


def _needs_managed(component: ComponentDraft, draft: Draft) -> Iterator[Problem]:
    for use, reference in component.references():
        if use.schema.get("x-managed") and _exists(draft, reference.component):
            message = (
                f"{quoted(reference.component)} is only looked up; here it must be one that this "
                "document makes."
            )
            yield Problem.error((*use.path, "ref"), message, "wrong-reference")


def _public_in_existing(component: ComponentDraft, draft: Draft) -> Iterator[Problem]:
    properties = component.component.properties
    if component.component.type != "subnet" or not properties["public"]:
        return
    network = properties["network"]
    if isinstance(network, Ref) and _exists(draft, network.component):
        message = (
            f"{quoted(network.component)} is only looked up, and so is its way to the internet: "
            "look up one of its public subnets instead."
        )
        yield Problem.error((*component.path, "properties", "public"), message)


def _relation_problems(path: Path, relation: Relation, draft: Draft) -> Iterator[Problem]:
    message = "{} is only looked up: this document cannot change what it does."
    if _exists(draft, relation.source):
        yield Problem.error(
            (*path, "from"), message.format(quoted(relation.source)), "wrong-relation"
        )
    elif relation.type not in _RELATIONS and _exists(draft, relation.target):
        yield Problem.error(
            (*path, "type"), message.format(quoted(relation.target)), "wrong-relation"
        )


def read(given: Mapping[str, Any]) -> Existing:
    """Return how a component is looked up, of its typed member ``existing``."""
    ((found_by, value),) = given.items()
    return Existing(found_by, value)
