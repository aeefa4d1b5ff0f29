"""Tags and names that clouds take: letters, lengths, and keys that mean something already."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Problem, quoted

from .attributes import RAW
from .model import Arguments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.problems import Path

    from .drafts import ComponentDraft, Draft

#: Keys of the labels that generated code puts on everything, in any case, and what to do instead.
OWN_KEYS: Mapping[str, str] = {
    "blueprint": "The platform says there which blueprint it comes from: choose another key.",
    "managed-by": "The platform says there what manages it: choose another key.",
    "name": 'It is made from the component\'s "name": write it there.',
    "project": "The platform says there which project it belongs to: choose another key.",
}
# Beside letters, digits and spaces of any script.
PUNCTUATION = "_.:/=+-@"
_CATEGORIES = frozenset("LNZ")
# What providers call them; Google's are labels.
_RAW_TAGS = ("tags", "labels")


@dataclass(frozen=True, slots=True)
class TagRule:
    """What one cloud takes.

    Attributes:
        most: how many one resource takes.
        key: the most characters of a key.
        value: the most characters of a value.
        reserved: beginnings of keys, in lower case, that the cloud keeps for itself.
        source: where it says so.
    """

    most: int
    key: int
    value: int
    reserved: tuple[str, ...]
    source: str


RULES: Mapping[str, TagRule] = {
    "aws": TagRule(
        50,
        128,
        256,
        ("aws:",),
        "https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html",
    ),
    "azure": TagRule(
        50,
        512,
        256,
        ("azure", "microsoft", "windows"),
        "https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources",
    ),
    "google": TagRule(
        64,
        63,
        63,
        ("goog",),
        "https://cloud.google.com/compute/docs/labeling-resources#restrictions",
    ),
}


#: How many of a resource's tags are left beside those of the platform.
MAX_DEFAULT_TAGS = RULES["aws"].most - len(OWN_KEYS)


def problems(draft: Draft, default_tags: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield tags and names that the document's cloud would refuse, or that mean something else.

    Args:
        draft: what could be read of the document.
        default_tags: those that everything of the tenant gets.
    """
    rule = RULES.get(draft.cloud or "")
    shared = with_defaults(draft.tags, default_tags)
    for component in draft.components:
        name = component.component.name
        if reason := _odd_text(name):
            yield Problem.error((*component.path, "name"), reason, "wrong-value")
        if rule:
            yield from _tag_problems(component.component.tags, (*component.path, "tags"), rule)
            yield from _raw_tag_problems(component, rule)
            yield from _too_many(component.component.tags, shared, component.path, rule)
    if rule:
        yield from _tag_problems(draft.tags, ("tags",), rule)
        yield from _default_problems(draft, default_tags, rule)


def with_defaults(tags: Mapping[str, Any], default_tags: Mapping[str, Any]) -> dict[str, Any]:
    """Add a tenant's default tags to a document's own, which take their place."""
    own = {key.casefold() for key in tags}
    return {**{k: v for k, v in default_tags.items() if k.casefold() not in own}, **tags}


def default_tag_problems(tags: object) -> list[Problem]:
    """Return what is wrong with a tenant's default tags, by AWS's rules, with JSON Pointers."""
    if not isinstance(tags, Mapping):
        return [Problem.error(("tags",), "Expected an object of texts, by key.", "wrong-type")]
    others = [key for key, value in tags.items() if not isinstance(value, str)]
    if others:
        return [Problem.error(("tags", key), "Expected text.", "wrong-type") for key in others]
    rule = RULES["aws"]
    found = list(_tag_problems(tags, ("tags",), rule))
    if "" in tags:
        found.append(Problem.error(("tags", ""), "A key has at least one character.", "wrong-name"))
    if len(tags) > MAX_DEFAULT_TAGS:
        message = f"At most {MAX_DEFAULT_TAGS} tags, not {len(tags)}."
        found.append(Problem.error(("tags",), message, "too-many"))
    return found


def _default_problems(
    draft: Draft, default_tags: Mapping[str, Any], rule: TagRule
) -> Iterator[Problem]:
    """Yield where default tags do not go with the document's cloud, or with a component's own."""
    shared = with_defaults(draft.tags, default_tags)
    added = {key: value for key, value in shared.items() if key not in draft.tags}
    for problem in _tag_problems(added, ("tags",), rule):
        message = f"Default tag {quoted(problem.path[-1])} does not fit. {problem.message}"
        yield Problem((), message, problem.code)
    for component in draft.components:
        yield from _shared_problems(component, shared)


def _shared_problems(component: ComponentDraft, shared: Mapping[str, Any]) -> Iterator[Problem]:
    tags, path = component.component.tags, (*component.path, "tags")
    spelt = {key.casefold(): key for key in shared}
    for key in tags:
        other = spelt.get(key.casefold(), key)
        if other != key:
            message = f"What everything gets has it as {quoted(other)}: write it like that."
            yield Problem.error((*path, key), message, "repeated-name")


def _raw_tag_problems(component: ComponentDraft, rule: TagRule) -> Iterator[Problem]:
    """Hold a raw resource's own tags to the same; its name is no tag that is made for it."""
    arguments = component.component.properties.get("arguments")
    if component.component.type != RAW or not isinstance(arguments, Arguments):
        return
    own = {key: meaning for key, meaning in OWN_KEYS.items() if key != "name"}
    for argument in _RAW_TAGS:
        tags = arguments.arguments.get(argument)
        if isinstance(tags, Mapping):
            path = (*component.path, "properties", "arguments", argument)
            yield from _tag_problems(tags, path, rule, own)


def _tag_problems(
    tags: Mapping[str, Any], place: Path, rule: TagRule, own: Mapping[str, str] = OWN_KEYS
) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for key, value in tags.items():
        path = (*place, key)
        yield from _key_problems(key, path, rule, own)
        if other := seen.get(key.casefold()):
            message = f"IAM and others take it for {quoted(other)}, another key: keep one."
            yield Problem.error(path, message, "repeated-name")
        seen[key.casefold()] = key
        if not isinstance(value, str):
            continue  # known later: Terraform and the cloud say whether it fits
        if len(value) > rule.value:
            message = f"At most {rule.value} characters, not {len(value)}."
            yield Problem.error(path, message, "too-long")
        if value and (reason := _odd_text(value)):
            yield Problem.error(path, reason, "wrong-value")


def _too_many(
    own: Mapping[str, Any], of_everything: Mapping[str, Any], owner: Path, rule: TagRule
) -> Iterator[Problem]:
    """Count what a resource gets in the end: also the document's tags and the platform's."""
    total = len({key.casefold() for key in (*own, *of_everything, *OWN_KEYS)})
    if total > rule.most:
        message = (
            f"With those that everything gets and {len(OWN_KEYS)} of the platform these are "
            f"{total} tags, and a resource takes {rule.most}: remove some."
        )
        yield Problem.error((*owner, "tags"), message, "too-many")


def _key_problems(key: str, path: Path, rule: TagRule, own: Mapping[str, str]) -> Iterator[Problem]:
    folded = key.casefold()
    if meaning := own.get(folded):
        yield Problem.error(path, f"The key {quoted(key)} has a meaning. {meaning}", "reserved-tag")
    for beginning in rule.reserved:
        if folded.startswith(beginning):
            message = (
                f"Keys that begin with {quoted(beginning)} are the cloud's own: choose another."
            )
            yield Problem.error(path, message, "reserved-tag")
    if len(key) > rule.key:
        message = f"At most {rule.key} characters, not {len(key)}."
        yield Problem.error(path, message, "too-long")
    if reason := _odd_text(key):
        yield Problem.error(path, reason, "wrong-name")


def _odd_text(text: str) -> str | None:
    """What clouds do not take in a key, a value or a name; None if nothing."""
    if text != text.strip():
        return "Spaces at the beginning and end get lost: remove them."
    for position, letter in enumerate(text, start=1):
        if letter not in PUNCTUATION and unicodedata.category(letter)[0] not in _CATEGORIES:
            shown = unicodedata.name(letter, "a character without a name")
            return (
                f"Character {position} is U+{ord(letter):04X}, {shown}: use letters, digits, "
                f"spaces and {PUNCTUATION} only."
            )
    return None
