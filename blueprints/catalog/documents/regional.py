"""The regions of a document, which variables may decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.clouds.regions import clouds, partition
from blueprints.catalog.problems import Path, Problem, quoted, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from blueprints.catalog.clouds.regions import Cloud

    from .drafts import Draft
    from .model import Provider, Variable


def known_region(given: object, variables: Mapping[str, Variable]) -> tuple[str | None, str]:
    """Return the region that a document is checked for, and the variable that may change it."""
    if isinstance(given, str):
        return given, ""
    name = given.get("var") if isinstance(given, dict) else None
    variable = variables.get(name) if isinstance(name, str) else None
    default = variable.default if variable else None
    return (default if isinstance(default, str) else None), name or ""


def problems(draft: Draft) -> Iterator[Problem]:
    """Yield what is wrong with regions, and with those that their variables allow."""
    for name, provider in draft.providers.items():
        place = ("providers", name, "region") if name else ("region",)
        yield from _provider_problems(provider, place, draft)


def _provider_problems(provider: Provider, place: Path, draft: Draft) -> Iterator[Problem]:
    cloud = clouds().get(draft.cloud or "")
    variable = draft.variables.get(provider.region_variable)
    if provider.region_variable:
        yield from _variable_problems(provider.region_variable, place, draft)
    if cloud is None or provider.region is None:
        return
    home = draft.providers[""].region or provider.region
    decided = ("variables", provider.region_variable)
    given = (*decided, "default") if variable else place
    yield from _region_problems(provider.region, home, cloud, given)
    allowed = variable.constraints.allowed_values if variable else ()
    for index, region in enumerate(allowed):
        yield from _region_problems(region, home, cloud, (*decided, "allowed_values", index))


def environment_problems(draft: Draft) -> Iterator[Problem]:
    """Yield regions of environments that the document was not checked for."""
    cloud, home = clouds().get(draft.cloud or ""), draft.providers[""].region
    for environment, values in draft.environments.items():
        for name in sorted(draft.region_variables & values.keys()):
            region = values[name]
            if cloud and home and isinstance(region, str):
                place = ("environments", environment, "values", name)
                yield from _region_problems(region, home, cloud, place)


def _variable_problems(name: str, place: Path, draft: Draft) -> Iterator[Problem]:
    variable = draft.variables.get(name)
    path = (*place, "var")
    if variable is None:
        yield from draft.unknown_variable(name, path)
    elif not _decides_region(variable):
        message = (
            f"Variable {quoted(name)} gives the region, so it is a string, is never null, and has "
            "a default, for which the document is checked."
        )
        yield Problem.error(path, message, "type-mismatch")


def _decides_region(variable: Variable) -> bool:
    """Whether it always names one: null would be the region of whoever deploys."""
    is_text = variable.type == "string" and isinstance(variable.default, str)
    return is_text and not (variable.secret or variable.nullable)


def _region_problems(region: str, home: str, cloud: Cloud, place: Path) -> Iterator[Problem]:
    """Yield why a document whose own region is ``home`` cannot have this one."""
    if region not in cloud.regions:
        elsewhere = [other.name for other in clouds().values() if region in other.regions]
        hint = f"It is a region of {' and '.join(elsewhere)}. " if elsewhere else ""
        hint += suggestion(region, cloud.regions)
        message = f"{cloud.title} has no region {quoted(region)}. {hint}"
        yield Problem.error(place, message, "unknown-region")
    if partition(cloud.name, region) != partition(cloud.name, home):
        message = (
            f"{region} is apart from {home}: accounts, names and services are others. "
            "Write a blueprint of its own for it."
        )
        yield Problem.error(place, message)
