"""What exists already, and is only looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.clouds.aws.ids import ID_FORMS
from blueprints.catalog.clouds.aws.partitions import partition_fault, region_of
from blueprints.catalog.documents.cloud_rules.rule import Example, Rule, rule
from blueprints.catalog.documents.expressions import Join, Var
from blueprints.catalog.problems import Problem, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents.cloud_rules.context import Subject

_NETWORK = {"id": "found", "type": "network", "existing": {"name": "found"}}
_STATED: dict[str, dict[str, Any]] = {
    "firewall": {"network": {"ref": "found"}},
    "subnet": {"network": {"ref": "found"}, "zone": "a"},
}


def _example(kind: str, found: object, at: str = "", **variables: Any) -> Example:
    return Example(
        _STATED.get(kind, {}),
        at,
        beside=(_NETWORK,),
        variables=variables or None,
        existing={"id": found},
    )


def _id(subject: Subject) -> Iterator[Problem]:
    existing = subject.component.existing
    if existing is None or existing.found_by != "id":
        return
    value = existing.value
    known = subject.context.values_of(value) if isinstance(value, Var | Join) else (value,)
    for each in known:
        if isinstance(each, str) and (message := _fault(each, subject)):
            yield Problem.error(("existing", "id"), message)
            return


def _fault(found: str, subject: Subject) -> str:
    form, region = ID_FORMS[subject.component.type], subject.region
    if not form.pattern.fullmatch(found):
        return f"{quoted(found)} is no id of this on AWS: write one such as {form.example}."
    if message := partition_fault(found, region):
        return message
    named = region_of(found)
    if named and named != region:
        return f"This is in {named}, and the document is for {region}."
    return ""


def _of_kind(kind: str) -> Rule:
    form = ID_FORMS[kind]
    make = rule(
        f"aws-{kind.replace('_', '-')}/existing-id",
        limit=f"An id is one of AWS's own, such as {form.example}.",
        source=form.source,
        accepted=(
            _example(kind, form.example),
            _example(kind, {"var": "known"}, known={"type": "string"}),
        ),
        refused=(
            _example(kind, "my-thing", "/existing/id"),
            _example(
                kind,
                {"var": "known"},
                "/existing/id",
                known={"type": "string", "default": f"{form.example}?"},
            ),
            _example(
                kind,
                {"join": [form.example, {"var": "known"}]},
                "/existing/id",
                known={"type": "string", "default": "?"},
            ),
        ),
        of_existing=True,
    )
    return make(_id)


RULES = tuple(_of_kind(kind) for kind in ID_FORMS)
