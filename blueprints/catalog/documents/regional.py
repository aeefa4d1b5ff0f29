"""The document's region, which may be a variable's to decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.clouds.regions import clouds, partition
from blueprints.catalog.problems import Path, Problem, quoted, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.clouds.regions import Cloud

    from .drafts import Draft
    from .model import Variable


def known_region(given: object, variables: Mapping[str, Variable]) -> tuple[str | None, str]:
    """Return the region that a document is checked for, and the variable that may change it."""
    if isinstance(given, str):
        return given, ""
    name = given.get("var") if isinstance(given, dict) else None
    variable = variables.get(name) if isinstance(name, str) else None
    default = variable.default if variable else None
    return (default if isinstance(default, str) else None), name or ""


def problems(draft: Draft) -> Iterator[Problem]:
    """Yield what is wrong with the region, and with the regions that its variable allows."""
    cloud = clouds().get(draft.cloud or "")
    variable = draft.variables.get(draft.region_variable)
    if draft.region_variable:
        yield from _variable_problems(draft, variable)
    if cloud is None or draft.region is None:
        return
    place: Path = ("variables", draft.region_variable, "default") if variable else ("region",)
    yield from _region_problems(draft.region, cloud, place)
    allowed = variable.constraints.allowed_values if variable else ()
    for index, region in enumerate(allowed):
        place = ("variables", draft.region_variable, "allowed_values", index)
        yield from _region_problems(region, cloud, place)
        if partition(cloud.name, region) != partition(cloud.name, draft.region):
            message = (
                f"{region} is apart from {draft.region}: accounts, names and services are others. "
                "Write a blueprint of its own for it."
            )
            yield Problem.error(place, message)


def environment_problems(draft: Draft) -> Iterator[Problem]:
    """Yield regions of environments that the document was not checked for."""
    cloud = clouds().get(draft.cloud or "")
    for environment, values in draft.environments.items():
        region = values.get(draft.region_variable)
        if cloud is None or draft.region is None or not isinstance(region, str):
            continue
        place = ("environments", environment, "values", draft.region_variable)
        yield from _region_problems(region, cloud, place)
        if partition(cloud.name, region) != partition(cloud.name, draft.region):
            yield Problem.error(place, f"{region} is apart from {draft.region}.")


def _variable_problems(draft: Draft, variable: Variable | None) -> Iterator[Problem]:
    name = draft.region_variable
    if variable is None:
        message = f"There is no variable {quoted(name)}. {suggestion(name, draft.variables)}"
        yield Problem.error(("region", "var"), message, "unknown-variable")
    elif variable.type != "string" or variable.secret or not isinstance(variable.default, str):
        message = (
            f"Variable {quoted(name)} gives the region, so it is a string and has a default, for "
            "which the document is checked."
        )
        yield Problem.error(("region", "var"), message, "type-mismatch")


def _region_problems(region: str, cloud: Cloud, place: Path) -> Iterator[Problem]:
    if region in cloud.regions:
        return
    elsewhere = [other.name for other in clouds().values() if region in other.regions]
    hint = f"It is a region of {' and '.join(elsewhere)}. " if elsewhere else ""
    hint += suggestion(region, cloud.regions)
    message = f"{cloud.title} has no region {quoted(region)}. {hint}"
    yield Problem.error(place, message, "unknown-region")
