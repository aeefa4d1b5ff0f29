"""Components that stand several times, once for each key, or only when a switch says so.

Over the same keys, components are paired: what one refers to of the other is that of its own key.
Everything else would have to say which one it means, so it is refused where it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Path, Problem, quoted

from . import nullability
from .expressions import Each, Join, Ref, Var
from .limits import KEY_PATTERN, MAX_INSTANCES
from .model import Repeat
from .reading import Use, uses_of
from .value_types import ValueType
from .variables import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .drafts import ComponentDraft, Draft
    from .model import Component, Relation, Variable

KINDS = ("when", "count", "for_each")


#: How an expression of later is written, which a key of that name is not.
_KNOWN_LATER: Mapping[str, type] = {"cloud": str, "each": str, "join": list, "ref": str}
_NOT_REPEATED = ("module", "network", "remote_state", "subnet")
_SCALARS: Mapping[type, str] = {str: "string", bool: "boolean", int: "number", float: "number"}
_ACCEPTED: Mapping[str, Mapping[str, Any]] = {
    "when": {"type": ["boolean"], "x-accepts": ("boolean",)},
    "count": {
        "type": ["integer"],
        "minimum": 0,
        "maximum": MAX_INSTANCES,
        "x-accepts": ("number",),
    },
    "for_each": {
        "type": ["array", "object"],
        "items": {"type": "string", "pattern": KEY_PATTERN},
        "maxItems": MAX_INSTANCES,
        "uniqueItems": True,
        "propertyNames": {
            "pattern": KEY_PATTERN,
            "description": "Small letters and digits, hyphens between them, up to 12.",
        },
        "maxProperties": MAX_INSTANCES,
        "x-accepts": ("list", "map"),
    },
}


def read(component: Mapping[str, Any], path: Path) -> tuple[Repeat | None, tuple[Use, ...]]:
    """Return how often a component stands, and the variable that says it."""
    for kind in KINDS:
        if kind not in component:
            continue
        given = component[kind]
        if not is_variable(given):
            return Repeat(kind, frozen(given)), ()
        value = Var.read(given["var"])
        return Repeat(kind, value), tuple(uses_of(value, _ACCEPTED[kind], (*path, kind)))
    return None, ()


def is_variable(given: object) -> bool:
    """Whether a variable says how often a component stands."""
    return isinstance(given, dict) and list(given) == ["var"] and isinstance(given["var"], str)


def shape_problems(component: Mapping[str, Any], path: Path) -> Iterator[Problem]:
    """Yield what keeps a component from being repeated as it says."""
    said = [kind for kind in KINDS if kind in component]
    yield from _known_too_late(component.get("for_each"), (*path, "for_each"))
    for kind in said[1:]:
        message = f"Say only one of {', '.join(KINDS)}."
        yield Problem.error((*path, kind), message)
    if said and (component["type"] in _NOT_REPEATED or "existing" in component):
        what = "What exists" if "existing" in component else f"Type {component['type']}"
        message = f"{what} stands once: other components lie in it or are found through it."
        yield Problem.error((*path, said[0]), message)


def _known_too_late(given: Any, path: Path) -> Iterator[Problem]:
    """Yield an expression in the place of a map of keys."""
    if is_known_later(given):
        message = (
            f"{quoted(next(iter(given)))} is known too late to decide what stands: write the keys "
            'here, or {"var": "name"}.'
        )
        yield Problem.error(path, message, "wrong-form")


def is_known_later(given: object) -> bool:
    """Whether an expression stands in the place of a map of keys, and no variable."""
    if not isinstance(given, dict) or len(given) != 1:
        return False
    ((name, value),) = given.items()
    return isinstance(value, _KNOWN_LATER.get(name, ()))


def problems(draft: Draft) -> Iterator[Problem]:
    """Yield where repeated components and others do not go together."""
    for component in draft.everything:
        for use in component.uses:
            if isinstance(use.value, Each):
                yield from _each_problems(use, use.value, component.component, draft)
        for use, reference in component.references():
            yield from _reference_problems(use, reference, component, draft)
        yield from _keys_problems(component, draft)
    for use in draft.uses:
        if isinstance(use.value, Each):
            message = "This stands once: there is no key here."
            yield Problem.error((*use.path, "each"), message, "unknown-variable")
    for path, _, value in draft.outputs:
        yield from _output_problems(path, value, draft)
    for path, relation in draft.relations:
        yield from _relation_problems(path, relation, draft)


def _keys_problems(component: ComponentDraft, draft: Draft) -> Iterator[Problem]:
    """Keys are texts: a list of anything else has none."""
    repeat = component.component.repeat
    if repeat is None or repeat.kind != "for_each" or not isinstance(repeat.value, Var):
        return
    variable = draft.variables.get(repeat.value.name)
    found = variable.value_type.at(repeat.value.path) if variable else None
    if found and found.kind == "list" and found.element != ValueType("string"):
        message = f"Keys are texts; {quoted(str(repeat.value))} is a {found}."
        yield Problem.error((*component.path, "for_each", "var"), message, "type-mismatch")


def _repeat_of(draft: Draft, component_id: str) -> Repeat | None:
    known = draft.by_id.get(component_id)
    return known.component.repeat if known else None


def _each_problems(use: Use, value: Each, owner: Component, draft: Draft) -> Iterator[Problem]:
    path = (*use.path, "each")
    found = type_of(value, owner.repeat, draft.variables)
    if found is None:
        message = f"{quoted(str(value))} is nothing that this component has one of for each key."
        if key := _null_key(value, owner.repeat):
            message += f" For key {quoted(key)} it is null, which has no type: give it a value."
        elif _are_unlike(owner.repeat):
            message += " The values of its keys are not alike: give all of them the same members."
        yield Problem.error(path, message, "unknown-variable")
    elif found.kind not in use.accepted_types:
        message = f"{quoted(str(value))} is of type {found}, which does not fit here."
        yield Problem.error(path, message, "type-mismatch")
    elif reason := _null_reason(use, value, owner.repeat, draft.variables):
        yield Problem.error(path, reason, "type-mismatch")


def _null_reason(
    use: Use, value: Each, repeat: Repeat | None, variables: Mapping[str, Variable]
) -> str | None:
    first, *path = value.path
    element = _element(repeat.value, variables) if repeat and first == "value" else None
    shown = quoted(str(value))
    return nullability.attribute_reason(use, shown, element, tuple(path)) if element else None


def type_of(
    value: Each, repeat: Repeat | None, variables: Mapping[str, Variable]
) -> ValueType | None:
    """Return the type of what each instance has of its own; None if it has no such thing."""
    first, *rest = value.path
    if repeat is None or repeat.kind == "when":
        return None
    if repeat.kind == "count":
        return ValueType("number") if value.path == ("index",) else None
    if value.path == ("key",):
        return ValueType("string")
    element = _element(repeat.value, variables)
    return element.at(tuple(rest)) if first == "value" and element else None


def _element(value: Any, variables: Mapping[str, Variable]) -> ValueType | None:
    """Return the type of each value: of a variable's elements, or of what the document lists."""
    if isinstance(value, Var):
        variable = variables.get(value.name)
        whole = variable.value_type.at(value.path) if variable else None
        return whole.element if whole else None
    if isinstance(value, tuple):
        return ValueType("string")
    types = _types_of(value)
    return types[0] if len(types) == 1 else None


def _are_unlike(repeat: Repeat | None) -> bool:
    """Whether a map of keys holds values of several types, so that none is known of all."""
    value = repeat.value if repeat else None
    return isinstance(value, Mapping) and len(_types_of(value)) > 1


def _null_key(value: Each, repeat: Repeat | None) -> str:
    """Return a key under which what is asked for is null; empty if there is none."""
    first, *path = value.path
    members = repeat.value if repeat and first == "value" else None
    for key, member in members.items() if isinstance(members, Mapping) else ():
        if _leads_to_null(member, path):
            return str(key)
    return ""


def _leads_to_null(member: Any, path: list[str]) -> bool:
    for name in path:
        if not isinstance(member, Mapping) or name not in member:
            return False
        member = member[name]
    return member is None or (isinstance(member, tuple) and None in member)


def _types_of(members: Mapping[str, Any]) -> list[ValueType | None]:
    """Return each type of the members once."""
    found: list[ValueType | None] = []
    for member in members.values():
        if (kind := _inferred(member)) not in found:
            found.append(kind)
    return found


def _inferred(value: Any) -> ValueType | None:
    for kind, name in _SCALARS.items():
        if isinstance(value, kind):
            return ValueType("boolean" if isinstance(value, bool) else name)
    if value is None or (isinstance(value, tuple) and None in value):
        return None
    if isinstance(value, tuple):
        return ValueType("list", ValueType("string"))
    members = {name: _inferred(member) for name, member in value.items()}
    known = {name: found for name, found in members.items() if found}
    return ValueType("object", None, known)


def _reference_problems(
    use: Use, reference: Ref, owner: ComponentDraft, draft: Draft
) -> Iterator[Problem]:
    repeat = _repeat_of(draft, reference.component)
    if repeat is None or repeat == owner.component.repeat or _takes_all(use):
        return
    message = (
        f"{quoted(reference.component)} stands {_times(repeat)}, so this would not say which one: "
        f"repeat this component in the same way, or name one that stands once."
    )
    yield Problem.error((*use.path, "ref"), message, "wrong-reference")


def _takes_all(use: Use) -> bool:
    """Whether a place takes all instances: a list of firewalls does."""
    return use.path[-2:-1] == ("firewalls",)


def _times(repeat: Repeat) -> str:
    return "only at times" if repeat.kind == "when" else "several times"


def _output_problems(path: Path, value: Any, draft: Draft) -> Iterator[Problem]:
    parts = value.parts if isinstance(value, Join) else (value,)
    for part in parts:
        if isinstance(part, Each):
            message = "An output stands once: there is no key here."
            yield Problem.error(path, message, "wrong-reference")
        elif isinstance(part, Ref) and part is not value and _repeat_of(draft, part.component):
            message = f"{quoted(part.component)} has several of these, which make no text."
            yield Problem.error(path, message, "wrong-reference")


def _relation_problems(path: Path, relation: Relation, draft: Draft) -> Iterator[Problem]:
    if relation.type == "depends_on":
        return
    for member, component_id in (("from", relation.source), ("to", relation.target)):
        if _repeat_of(draft, component_id):
            message = (
                f"{quoted(component_id)} is repeated, and relations mean one component: say it by "
                "properties."
            )
            yield Problem.error((*path, member), message, "wrong-relation")
