"""Providers: components of one document in several regions and accounts.

What clouds wire together lies in one region of one account, so a component refers only to
components of its own place, but for what a cloud is known to take from elsewhere. Attributes are
values, and so can be used anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from blueprints.catalog.clouds.regions import partition
from blueprints.catalog.problems import Problem, quoted, suggestion

from . import conformance
from .model import Provider
from .reading import Use, read_properties
from .regional import known_region

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from blueprints.catalog.problems import Code, Path

    from .drafts import Draft
    from .model import Component, Variable

_ANY = "*"


@dataclass(frozen=True, slots=True)
class _Crossing:
    """What a cloud takes from another region.

    Attributes:
        source: the type of what refers or has the relation.
        target: the type of what is referred to.
        relation: the relation's type; empty for references.
        accounts: whether it takes it from another account as well.
    """

    source: str
    target: str
    relation: str = ""
    accounts: bool = False


_DATA = ("object_storage", "queue", "secret")
#: IAM knows no regions, and rights name what they are for by its ARN; an alias is a name, and a
#: password a value.
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
#: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-alias.html
_CROSSINGS: Mapping[str, tuple[_Crossing, ...]] = {
    "aws": (
        _Crossing(_ANY, "role"),
        _Crossing("role", _ANY),
        _Crossing("cache", "secret", accounts=True),
        _Crossing("database", "secret", accounts=True),
        _Crossing("dns_zone", "load_balancer", accounts=True),
        _Crossing("dns_zone", "load_balancer", "routes_to", accounts=True),
        _Crossing("function", "function", "triggers"),
        *(_Crossing(_ANY, target, "reads_from") for target in _DATA),
        *(_Crossing(_ANY, target, "writes_to") for target in _DATA),
    )
}


def read(
    region: object, given: Mapping[str, Any], variables: Mapping[str, Variable]
) -> tuple[Mapping[str, Provider], tuple[Use, ...]]:
    """Return the providers by name, and the expressions in them.

    Args:
        region: that of the document itself, whose provider has the empty name.
        given: the named ones; None in the place of one that does not have the right shape.
        variables: of the document.
    """
    found = {"": Provider(*known_region(region, variables))}
    uses: list[Use] = []
    for name, value in given.items():
        if value is None:
            found[name] = Provider(None)
            continue
        typed, used = read_properties(value, conformance.provider_schema(), ("providers", name))
        place = known_region(value["region"], variables)
        found[name] = Provider(*place, assume_role=typed.get("assume_role"))
        uses += [use for use in used if use.path[-1] != "region"]
    return MappingProxyType(found), tuple(uses)


def problems(draft: Draft) -> Iterator[Problem]:
    """Yield providers that are not there or cannot be, and what would cross their borders."""
    for name, provider in draft.providers.items():
        yield from _role_problems(provider, ("providers", name, "assume_role"), draft)
    for component in draft.everything:
        name = component.component.provider
        if name not in draft.providers:
            yield unknown_provider(name, component.path, draft.providers)
        for use, reference in component.references():
            target = draft.by_id.get(reference.component)
            if target and reference.attribute is None:
                ends = component.component, target.component
                yield from _crossing(ends, (*use.path, "ref"), draft)
    for path, relation in draft.relations:
        source, target = draft.by_id.get(relation.source), draft.by_id.get(relation.target)
        if source and target and relation.type != "depends_on":
            ends = source.component, target.component
            yield from _crossing(ends, (*path, "to"), draft, relation.type)


def _role_problems(provider: Provider, path: Path, draft: Draft) -> Iterator[Problem]:
    role, home = provider.assume_role, draft.providers[""].region
    if role is not None and draft.cloud != "aws":
        yield Problem.error(path, "Only AWS has roles to assume: remove it.")
    elif isinstance(role, str) and home and role.split(":")[1] != partition("aws", home):
        message = f"{home} is in the partition {partition('aws', home)}, the role in another."
        yield Problem.error(path, message)


def unknown_provider(name: str, path: Path, known: Iterable[str]) -> Problem:
    """Say that a component names a provider that is not there."""
    hint = suggestion(name, [each for each in known if each])
    message = f"There is no provider {quoted(name)}. {hint}"
    return Problem.error((*path, "provider"), message, "unknown-provider")


def _crossing(
    ends: tuple[Component, Component], path: Path, draft: Draft, relation: str = ""
) -> Iterator[Problem]:
    source, target = ends
    here, there = draft.provider_of(source), draft.provider_of(target)
    one_account = here.account == there.account
    one_region = (here.region, here.region_variable) == (there.region, there.region_variable)
    if (one_account and one_region) or None in (here.region, there.region):
        return
    for known in _CROSSINGS.get(draft.cloud or "", ()):
        fits = known.source in {_ANY, source.type} and known.target in {_ANY, target.type}
        if fits and known.relation == relation and (known.accounts or one_account):
            return
    yield _refusal(ends, path, draft, one_account=one_account)


def _refusal(
    ends: tuple[Component, Component], path: Path, draft: Draft, *, one_account: bool
) -> Problem:
    here, there = (_shown(component, draft) for component in ends)
    what = "region" if one_account else "account"
    code: Code = "cross-region" if one_account else "cross-account"
    message = (
        f"{here} and {there} are not in one {what}, and nothing joins them in this way: give both "
        "the same provider, or name another component."
    )
    return Problem.error(path, message, code)


def _shown(component: Component, draft: Draft) -> str:
    named = f", provider {component.provider}" if component.provider else ""
    return f"{quoted(component.id)} ({draft.provider_of(component).place}{named})"
