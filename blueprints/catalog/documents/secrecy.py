"""Whether a secret stands where one must: literal text in its place would be read by all."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from blueprints.catalog.problems import Path, Problem, quoted

from . import attributes
from .expressions import Part, Ref, Var, parts_of
from .secret_signs import is_secret_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.component_types import Attribute

    from .drafts import ComponentDraft, Draft
    from .model import Component
    from .reading import Use

#: The attributes that say where a kept secret is; its name is text like any other.
_WHERE = frozenset({"arn", "id"})


def problems(use: Use, draft: Draft) -> Iterator[Problem]:
    """Yield why an expression holds no secret where its place takes nothing else.

    One secret part makes it one: a user name may stand beside a password. What is unknown
    counts as secret here, since it is reported for itself.
    """
    if use.schema.get("x-secret") != "required" or _holds_secret(use, draft):
        return
    if isinstance(use.value, Var):
        message = f'Variable {quoted(use.value.name)} must be declared with "secret": true.'
        yield Problem.error((*use.path, "var"), message, "not-a-secret")
    elif isinstance(use.value, Ref):
        message = f"{use.value} is no secret: refer to a sensitive attribute."
        yield Problem.error((*use.path, "ref"), message, "not-a-secret")
    else:
        yield literal(use.path)


def secret_outputs(draft: Draft) -> frozenset[str]:
    """Return the outputs that may show a secret, of a document without faults.

    Nobody here knows what a provider makes of a raw resource's arguments, or a module of its
    inputs: each attribute may show any of them.
    """
    holding = _holding(draft)
    return frozenset(
        name
        for _, name, value in draft.outputs
        if any(_is_secret(part, draft) or _target(part) in holding for part in parts_of(value))
    )


def _holding(draft: Draft) -> set[str]:
    """Return the components that a secret flows into, over any number of them."""
    users: dict[str, list[str]] = defaultdict(list)
    waiting: list[str] = []
    for component in draft.components:
        for part in (part for use in _readable(component) for part in parts_of(use.value)):
            if _is_secret(part, draft):
                waiting.append(component.component.id)
            users[_target(part)].append(component.component.id)
    found: set[str] = set()
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            waiting += users[name]
    return found


def _readable(component: ComponentDraft) -> Iterator[Use]:
    """Yield what an attribute of a component may show.

    Of a raw resource that is anything. What a module takes for a secret shows where its own
    document says; and a property that takes secrets is in no attribute of its component.
    """
    kind = component.component.type
    for use in component.uses:
        secrecy = use.schema.get("x-secret")
        if (
            kind == attributes.RAW
            or (kind == attributes.MODULE and secrecy != "required")
            or (secrecy is None and "x-ref" not in use.schema)
        ):
            yield use


def _target(part: Part) -> str:
    return part.component if isinstance(part, Ref) else ""


def literal(path: Path) -> Problem:
    """Say that what stands there could be read in the document."""
    message = (
        'A secret never stands in a document: declare a variable with "secret": true and '
        'write {"var": "its-name"} here.'
    )
    return Problem.error(path, message, "literal-secret")


def readable(path: Path) -> Problem:
    """Say that a value of a variable that is not secret could be read in the document."""
    message = (
        'This looks like a secret, and whoever sees the document reads it: say "secret": true, '
        "and give it when the code is applied."
    )
    return Problem.error(path, message, "literal-secret")


def _holds_secret(use: Use, draft: Draft) -> bool:
    if isinstance(use.value, Ref) and _tells_where(use.value, draft):
        return True
    return any(_is_secret(part, draft) for part in parts_of(use.value))


def _is_secret(part: Part, draft: Draft) -> bool:
    if isinstance(part, Var):
        variable = draft.variables.get(part.name)
        return variable is None or variable.secret
    if not isinstance(part, Ref):
        return False
    known = _attribute(part, draft)
    return known is None or known.sensitive


def _tells_where(value: Ref, draft: Draft) -> bool:
    """Whether it says where a secret is kept, which stands for the secret if it stands alone."""
    target = draft.by_id.get(value.component)
    if target is None or value.attribute is None:
        return True
    kept = is_secret_name(_kind(target.component)) and value.attribute in _WHERE
    return kept or is_secret_name(value.attribute)


def _attribute(value: Ref, draft: Draft) -> Attribute | None:
    """Return what a reference reads of a component; None if that is not known."""
    target = draft.by_id.get(value.component)
    if target is None or value.attribute is None:
        return None
    component = target.component
    known = attributes.of_type(component.type, component.properties, draft.cloud or "")
    return known.get(value.attribute)


def _kind(component: Component) -> str:
    """Return what it is in the words that say most: of raw ones, the resource's type."""
    kind: str = component.properties.get("resource", component.type)
    return kind
