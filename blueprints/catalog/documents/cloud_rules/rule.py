"""What a rule of a cloud is: a limit that its documentation names, held before anything is built.

Component types are neutral. What only one cloud refuses stands in a rule of that cloud, beside
others for the same component type, with its source and with properties that keep and break it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Problem

if TYPE_CHECKING:
    from blueprints.catalog.problems import Severity

    from .context import Subject

Json = dict[str, Any]
Check = Callable[["Subject"], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class Example:
    """Properties that a rule accepts or refuses.

    Attributes:
        properties: of the component; tests fill in what its type requires.
        at: where the rule points, below the component's properties: ``/version``.
        beside: further components, in place of those of the same id in the tests' document.
        region: where the component stands.
        variables: the document's variables.
        relations: of the document; the component itself has the id ``it``.
        existing: how it is looked up, if it is; ``at`` is then below the component itself.
    """

    properties: Mapping[str, Any]
    at: str = ""
    beside: tuple[Json, ...] = ()
    region: str = "us-east-1"
    variables: Mapping[str, Json] | None = None
    relations: tuple[Json, ...] = ()
    existing: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One limit of a cloud, for one component type.

    Attributes:
        code: the problem's code, unique: ``aws-cache-version``.
        component_type: the type whose components are checked.
        limit: what the cloud demands, a sentence for the documentation.
        source: the address of the page that says so.
        check: yields where the properties break it. What a variable without a default decides
            is not known, and so is never a finding.
        accepted: examples that keep it, the nearest to those that break it.
        refused: examples that break it and nothing else.
        severity: ``warning`` where the cloud takes it and it is a mistake all the same; its
            findings say in ``fix`` what to do.
        of_existing: whether it is about components that are only looked up; it then points into
            the component, and not into its properties.
    """

    code: str
    component_type: str
    limit: str
    source: str
    check: Check
    accepted: tuple[Example, ...]
    refused: tuple[Example, ...]
    severity: Severity = "error"
    of_existing: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """A documented limit that no rule has to hold, or that none can.

    Attributes:
        component_type: the type that has it.
        limit: what the cloud demands, a sentence.
        held: what keeps it, or why nothing does.
    """

    component_type: str
    limit: str
    held: str


def rule(
    code: str,
    *,
    limit: str,
    source: str,
    accepted: tuple[Example, ...],
    refused: tuple[Example, ...],
    severity: Severity = "error",
    of_existing: bool = False,
) -> Callable[[Check], Rule]:
    """Make a rule of a check; its component type is the second part of the code's name.

    ``aws-load-balancer/zones`` is a rule of load balancers with the code
    ``aws-load-balancer-zones``.
    """
    owner, _, name = code.partition("/")
    component_type = owner.partition("-")[2].replace("-", "_")

    def made(check: Check) -> Rule:
        return Rule(
            f"{owner}-{name}",
            component_type,
            limit,
            source,
            check,
            accepted,
            refused,
            severity,
            of_existing,
        )

    return made
