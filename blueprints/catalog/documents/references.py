"""Whether everything that a document names exists and fits where it is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog import component_types
from blueprints.catalog.problems import Path, Problem, quoted, suggestion

from . import attributes, conformance, nullability, secrecy
from .expressions import CLOUD_VALUES, CloudValue, Each, Expression, Join, Ref, Var, parts_of
from .plain import plain
from .reading import COLLECTIONS, Use, uses_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.component_types import Attribute

    from .drafts import Draft
    from .model import Component, Relation, Variable
    from .value_types import ValueType

#: The types whose attributes are known of what a component says.
_WITH_OWN_ATTRIBUTES = (attributes.RAW, attributes.MODULE, attributes.REMOTE_STATE)
_OUTPUT_SCHEMA = {
    "type": ["string", "number", "boolean", "array", "object"],
    "x-accepts": ("string", "number", "boolean", *COLLECTIONS),
    "x-secret": "refused",
    "x-nullable": True,
}


def problems(draft: Draft) -> Iterator[Problem]:
    """Yield what is wrong with variables, references, relations and outputs."""
    for component in draft.everything:
        for use in component.uses:
            yield from _use_problems(use, draft)
            yield from _condition_problems(use, component.component, draft)
    for path, relation in draft.relations:
        yield from _relation_problems(path, relation, draft)
    yield from _repeated_relations(draft)
    for use in draft.uses:
        yield from _use_problems(use, draft)
    for path, _, value in draft.outputs:
        for use in uses_of(value, _OUTPUT_SCHEMA, path):
            yield from _use_problems(use, draft)
    yield from _unused_variables(draft)


def _use_problems(use: Use, draft: Draft) -> Iterator[Problem]:
    refused = list(secrecy.problems(use, draft))
    return iter(refused) if refused else _value_problems(use, draft)


def _value_problems(use: Use, draft: Draft) -> Iterator[Problem]:
    if isinstance(use.value, Join):
        return _text_problems(use, use.value, draft)
    if isinstance(use.value, CloudValue):
        return _cloud_value_problems(use, use.value)
    if isinstance(use.value, Each):
        return iter(())  # :mod:`.repetition` knows what there is for each key
    if isinstance(use.value, Var):
        return _variable_problems(use, use.value, draft)
    if use.value.attribute is None:
        return _component_problems(use, use.value, draft)
    return _attribute_problems(use, use.value, draft)


def _text_problems(use: Use, value: Join, draft: Draft) -> Iterator[Problem]:
    """What is put together is text, whatever its parts are, and fits if it is known."""
    path = (*use.path, "join")
    if "string" not in use.accepted_types:
        message = f"Joined text is of type string, not {_either(use.accepted_types)}."
        yield Problem.error(path, message, "type-mismatch")
    elif all(isinstance(part, str) for part in value.parts):
        yield Problem.error(path, "All of this is known: write it as one text, without join.")
    elif (text := draft.known_text(value)) is not None:
        for problem in conformance.value_problems(use.schema, text, ()):
            message = f"With the defaults of its variables this does not fit: {problem.message}"
            yield Problem.error(path, message, "default-does-not-fit")


def _cloud_value_problems(use: Use, value: CloudValue) -> Iterator[Problem]:
    kind = CLOUD_VALUES[value.name]
    if kind not in use.accepted_types:
        message = f"{quoted(value.name)} is of type {kind}, not {_either(use.accepted_types)}."
        yield Problem.error((*use.path, "cloud"), message, "type-mismatch")


def _variable_problems(use: Use, value: Var, draft: Draft) -> Iterator[Problem]:
    path = (*use.path, "var")
    variable = draft.variables.get(value.name)
    if variable is None:
        yield from draft.unknown_variable(value.name, path)
        return
    if variable.secret and use.schema.get("x-secret") not in {"allowed", "required"}:
        message = f"Variable {quoted(value.name)} is secret and would be shown here."
        yield Problem.error(path, message, "secret-exposed")
    found = variable.value_type.at(value.path)
    if found is None:
        message = f"Variable {quoted(value.name)} has no attribute {'.'.join(value.path)}."
        yield Problem.error(path, message, "unknown-attribute")
        return
    yield from _type_problems(use, value, found, variable)
    default = variable.default_at(value.path)
    if default is not None and found.kind in use.accepted_types:
        yield from _default_problems(use, value, default)


def _type_problems(use: Use, value: Var, found: ValueType, variable: Variable) -> Iterator[Problem]:
    accepted, path = use.accepted_types, (*use.path, "var")
    # A property's list holds scalars; a provider's own arguments may hold anything.
    fits = found.kind in accepted and ("x-accepts" in use.schema or _holds_what_fits(found, use))
    if not fits:
        message = f"Variable {quoted(str(value))} is of type {found}, not {_either(accepted)}."
        yield Problem.error(path, message, "type-mismatch")
    elif reason := nullability.variable_reason(use, variable, value.path):
        yield Problem.error(path, reason, "type-mismatch")


def _holds_what_fits(found: ValueType, use: Use) -> bool:
    items = use.schema.get("items")
    if found.element is None or items is None:
        return found.is_flat
    return found.element.kind in Use(use.path, use.value, items).accepted_types


def _default_problems(use: Use, value: Var, default: Any) -> Iterator[Problem]:
    """A default must be what could have been written in the variable's place."""
    for problem in conformance.value_problems(use.schema, plain(default), ()):
        message = f"The default of variable {quoted(str(value))} does not fit: {problem.message}"
        yield Problem.error((*use.path, "var"), message, "default-does-not-fit")


def _component_problems(use: Use, value: Ref, draft: Draft) -> Iterator[Problem]:
    path = (*use.path, "ref")
    yield from _unknown_component(path, value.component, draft)
    kind = draft.types.get(value.component)
    wanted = use.schema["x-ref"]
    if kind is None:
        return
    if kind not in wanted:
        fitting = [name for name, known in draft.types.items() if known in wanted]
        message = (
            f"{quoted(value.component)} is of type {kind}; expected {_either(wanted)}. "
            f"{_of_right_type(fitting)}"
        )
        yield Problem.error(path, message, "wrong-reference")


def _condition_problems(use: Use, owner: Component, draft: Draft) -> Iterator[Problem]:
    """What is named must also be as the place wants it, or as what names it."""
    target = draft.by_id.get(use.value.component) if isinstance(use.value, Ref) else None
    if target is None or target.component.type not in use.schema.get("x-ref", ()):
        return
    properties = target.component.properties
    alike = {name: owner.properties[name] for name in use.schema.get("x-same", ())}
    for name, wanted in {**use.schema.get("x-where", {}), **alike}.items():
        if properties.get(name, wanted) != wanted:
            message = (
                f"{quoted(target.component.id)} has {name} {quoted(properties[name])}; "
                f"here it must be {quoted(wanted)}."
            )
            yield Problem.error((*use.path, "ref"), message, "wrong-reference")


def _attribute_problems(use: Use, value: Ref, draft: Draft) -> Iterator[Problem]:
    path = (*use.path, "ref")
    yield from _unknown_component(path, value.component, draft)
    type_name = draft.types.get(value.component)
    if type_name is None or value.attribute is None:
        return
    target = draft.by_id.get(value.component)
    if target is None and type_name in _WITH_OWN_ATTRIBUTES:
        return  # what is wrong with it is reported already
    properties = target.component.properties if target else {}
    known = attributes.of_type(type_name, properties, draft.cloud or "")
    if target and target.component.existing:
        known = attributes.of_existing(type_name)
    attribute = known.get(value.attribute)
    if attribute is None:
        hint = suggestion(value.attribute, known)
        message = f"Type {type_name} has no attribute {quoted(value.attribute)}. {hint}"
        yield Problem.error(path, message, "unknown-attribute")
    elif attribute.sensitive and use.schema.get("x-secret") is None:
        message = f"{value} is secret and would be shown here."
        yield Problem.error(path, message, "secret-exposed")
    elif attribute.type not in (*use.accepted_types, attributes.ANY):
        message = f"{value} is of type {attribute.type}, not {_either(use.accepted_types)}."
        yield Problem.error(path, message, "type-mismatch")
    elif type_name == attributes.REMOTE_STATE and attribute.sensitive:
        message = (
            f"{value} may show a secret, which Terraform would show and keep here once more: read "
            "it of a store, by a variable with from."
        )
        yield Problem.error(path, message, "secret-exposed")
    elif attribute.nullable and not nullability.takes_null(use):
        message = f"{value} may be null, which has no meaning here: name what is always there."
        yield Problem.error(path, message, "type-mismatch")
    elif target := draft.by_id.get(value.component):
        yield from _absent_attribute(path, attribute, target.component)


def _absent_attribute(path: Path, attribute: Attribute, target: Component) -> Iterator[Problem]:
    """Some attributes exist only with some properties: an address, if one was asked for."""
    for name, values in attribute.where.items():
        if target.properties[name] not in values:
            message = (
                f"{quoted(target.id)} has no {attribute.name}: set its property {quoted(name)} to "
                f"{_either([quoted(value) for value in values])}."
            )
            yield Problem.error(path, message, "unknown-attribute")


def _unknown_component(path: Path, component_id: str, draft: Draft) -> Iterator[Problem]:
    if component_id not in draft.types:
        hint = suggestion(component_id, draft.types)
        message = f"There is no component {quoted(component_id)}. {hint}"
        yield Problem.error(path, message, "unknown-component")


def _relation_problems(path: Path, relation: Relation, draft: Draft) -> Iterator[Problem]:
    yield from _unknown_component((*path, "from"), relation.source, draft)
    yield from _unknown_component((*path, "to"), relation.target, draft)
    if relation.source == relation.target:
        message = f"{quoted(relation.source)} cannot have a relation to itself."
        yield Problem.error((*path, "to"), message, "relation-to-itself")
        return
    source, target = draft.types.get(relation.source), draft.types.get(relation.target)
    if source is None or target is None or relation.type == "depends_on":
        return
    relations = component_types.get(source).relations
    if target not in relations.get(relation.type, ()):
        message = (
            f"No relation {relation.type} leads from type {source} to type {target}. "
            f"{_possible(source, target)}"
        )
        yield Problem.error((*path, "type"), message, "wrong-relation")


def _possible(source: str, target: str) -> str:
    relations = component_types.get(source).relations
    fitting = [name for name, targets in relations.items() if target in targets]
    return f"Possible between them: {', '.join([*fitting, 'depends_on'])}."


def _repeated_relations(draft: Draft) -> Iterator[Problem]:
    seen: set[tuple[str, str, str]] = set()
    for path, relation in draft.relations:
        key = (relation.source, relation.target, relation.type)
        if key in seen:
            message = "The same relation stands above: remove one."
            yield Problem.error(path, message, "repeated-relation")
        seen.add(key)


def _unused_variables(draft: Draft) -> Iterator[Problem]:
    values: list[Expression] = [
        use.value for component in draft.everything for use in component.uses
    ]
    values += [use.value for use in draft.uses]
    values += [part for _, _, value in draft.outputs for part in parts_of(value)]
    used = {value.name for value in values if isinstance(value, Var)} | draft.region_variables
    for name in draft.variables:
        if name not in used:
            message = f"Nothing uses variable {quoted(name)}."
            fix = f'Remove it, or write {{"var": {quoted(name)}}} where it belongs.'
            yield Problem.warning(("variables", name), message, "unused-variable", fix=fix)


def _either(names: tuple[str, ...] | list[str]) -> str:
    return " or ".join(names) if names else "a component"


def _of_right_type(ids: list[str]) -> str:
    if not ids:
        return "There is none in this document yet."
    shown = ", ".join(quoted(component_id) for component_id in sorted(ids)[:5])
    return f"There {'is' if len(ids) == 1 else 'are'} {shown}{' and more' if len(ids) > 5 else ''}."  # noqa: PLR2004 - as many as shown
