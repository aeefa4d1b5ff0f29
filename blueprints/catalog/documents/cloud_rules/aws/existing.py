"""What exists already, and is only looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.clouds.aws.existing_names import FILTERED, NAME_FORMS, WILDCARD
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
    for each in _texts(existing.value, subject):
        if message := _fault(each, subject):
            yield Problem.error(("existing", "id"), message)
            return


def _texts(value: object, subject: Subject) -> Iterator[str]:
    """Yield what a value is known to be."""
    known = subject.context.values_of(value) if isinstance(value, Var | Join) else (value,)
    return (each for each in known if isinstance(each, str))


def _name(subject: Subject) -> Iterator[Problem]:
    existing = subject.component.existing
    if existing and existing.found_by == "name":
        faults = (_name_fault(each, subject) for each in _texts(existing.value, subject))
        if message := next(filter(None, faults), ""):
            yield Problem.error(("existing", "name"), message)


def _name_fault(found: str, subject: Subject) -> str:
    form = NAME_FORMS[subject.component.type]
    if form.pattern.fullmatch(found):
        return ""
    return f"{quoted(found)} is not a valid name here. Use one such as {form.example}."


def _tags(subject: Subject) -> Iterator[Problem]:
    existing = subject.component.existing
    if existing is None or existing.found_by != "tags":
        return
    for name, value in existing.value.items():
        if any(WILDCARD.search(text) for text in _texts(value, subject)):
            message = r"AWS reads *, ? and \ as any characters here: write the whole text."
            yield Problem.error(("existing", "tags", name), message)


def _fault(found: str, subject: Subject) -> str:
    form, region = ID_FORMS[subject.component.type], subject.region
    if not form.pattern.fullmatch(found):
        return f"{quoted(found)} is not a valid id here. Use one such as {form.example}."
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


def _looked_up(kind: str, found: dict[str, Any], at: str = "", **stated: Any) -> Example:
    properties = {**_STATED.get(kind, {}), **stated}
    return Example(properties, at, beside=(_NETWORK,), existing=found)


def _with_names(kind: str) -> Rule:
    form = NAME_FORMS[kind]
    at, wrong = "/existing/name", "a*" if kind in FILTERED else "a b?"
    return rule(
        f"aws-{kind.replace('_', '-')}/existing-name",
        limit=f"A name is one that AWS has for this, such as {form.example}.",
        source=form.source,
        accepted=(_looked_up(kind, {"name": form.example}),),
        refused=(_looked_up(kind, {"name": wrong}, at),),
        of_existing=True,
    )(_name)


def _with_tags(kind: str) -> Rule:
    return rule(
        f"aws-{kind.replace('_', '-')}/existing-tags",
        limit="In tags by which something is found, `*` and `?` stand for any characters.",
        source=NAME_FORMS[kind].source,
        accepted=(_looked_up(kind, {"tags": {"Tier": "data"}}),),
        refused=(_looked_up(kind, {"tags": {"Tier": "da*"}}, "/existing/tags/Tier"),),
        of_existing=True,
    )(_tags)


_FIFO, _STANDARD = {"name": "jobs.fifo"}, {"name": "jobs"}


@rule(
    "aws-queue/existing-fifo",
    limit="Names of FIFO queues, and of no others, end in .fifo.",
    source=NAME_FORMS["queue"].source,
    accepted=(_looked_up("queue", _FIFO, fifo=True), _looked_up("queue", _STANDARD)),
    refused=(
        _looked_up("queue", _FIFO, "/existing/name"),
        _looked_up("queue", _STANDARD, "/existing/name", fifo=True),
    ),
    of_existing=True,
)
def existing_fifo(queue: Subject) -> Iterator[Problem]:
    """The name of a queue that is looked up says whether it is a FIFO queue."""
    existing = queue.component.existing
    if existing is None or existing.found_by != "name":
        return
    is_fifo = queue.is_on("fifo")
    if any(name.endswith(".fifo") is not is_fifo for name in _texts(existing.value, queue)):
        message = (
            'The name of a FIFO queue ends in ".fifo", and no other does: set "fifo" to true, or '
            "correct the name."
        )
        yield Problem.error(("existing", "name"), message)


RULES = (
    existing_fifo,
    *(_of_kind(kind) for kind in ID_FORMS),
    *(_with_names(kind) for kind in NAME_FORMS),
    *(_with_tags(kind) for kind in sorted(FILTERED)),
)
