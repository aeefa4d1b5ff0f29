"""Secrets of stores that stand in the state all the same: their authors should know it.

The generator writes them without being kept where the provider has an argument for that, and
what is only looked up has no revision by which Terraform would know that it became another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog import provider_schemas
from blueprints.catalog.problems import Problem, quoted

from .attributes import MODULE, RAW
from .expressions import Join, Ref, Var

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.problems import Path

    from .drafts import ComponentDraft, Draft
    from .reading import Use

#: What properties that take secrets become, by cloud: a resource type and its argument.
RESOURCES = {
    "aws": {
        ("database", "password"): ("aws_db_instance", "password"),
        ("secret", "value"): ("aws_secretsmanager_secret_version", "secret_string"),
    }
}


def problems(draft: Draft) -> Iterator[Problem]:
    """Yield where a secret of a store is kept in the state of what a component becomes."""
    if draft.cloud not in RESOURCES:
        return
    for component in draft.components:
        if component.component.type == MODULE:
            continue  # :mod:`.modules` says so of inputs
        alone = _alone(component)
        for use in component.uses:
            if name := _read_name(use, draft):
                place = use.path[:-2] if use.path in alone else use.path
                only = _is_only_written(place, component, draft)
                yield from _warnings(use, name, only=only)


def _alone(component: ComponentDraft) -> frozenset[Path]:
    """Return where the only part of a joined text stands: Terraform takes it as the value."""
    return frozenset(
        (*use.path, "join", 0)
        for use in component.uses
        if isinstance(use.value, Join) and len(use.value.parts) == 1
    )


def _read_name(use: Use, draft: Draft) -> str:
    """Return the name of what is read of a store; empty if nothing is."""
    if isinstance(use.value, Var):
        variable = draft.variables.get(use.value.name)
        return use.value.name if variable and variable.stored else ""
    if isinstance(use.value, Ref) and use.schema.get("x-secret") == "required":
        target = draft.by_id.get(use.value.component)
        is_read = target and target.component.existing and not use.value.attribute
        return use.value.component if is_read else ""
    return ""


def _is_only_written(place: Path, component: ComponentDraft, draft: Draft) -> bool:
    """Whether the provider takes the value without keeping it: only where it stands alone."""
    cloud, kind = draft.cloud or "", component.component.type
    match place[len(component.path) :]:
        case ("properties", "arguments", str(argument)) if kind == RAW:
            resource_type = component.component.properties["resource"]
        case ("overrides", _, str(resource_type), str(argument)):
            pass
        case ("properties", str(name)) if (kind, name) in RESOURCES[cloud]:
            resource_type, argument = RESOURCES[cloud][kind, name]
        case _:
            return False
    body = provider_schemas.resource(cloud, resource_type)
    return body is not None and body.written_only(argument) != ""


def _warnings(use: Use, name: str, *, only: bool) -> Iterator[Problem]:
    """Yield that a secret is kept, unless a variable's stands where it is only written."""
    if only and isinstance(use.value, Var):
        return
    use_variable_fix = (
        'Read it by a secret variable with "from": this place then takes it without keeping it.'
    )
    protect_state_fix = (
        "Protect the state as you do the store, or let what runs read the store by itself."
    )
    yield Problem.warning(
        use.path,
        f"{quoted(name)} is read from its store and stands in the state.",
        "kept-in-state",
        fix=use_variable_fix if only else protect_state_fix,
    )
