"""What a new version would destroy that its author may not expect: warnings.

A plan shows this too, but only later, and among everything else. The older document was valid
once and need not be by today's rules: nothing is read of it but what each version ever had.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from blueprints.catalog.problems import Path, Problem, quoted

from .attributes import RAW, REMOTE_STATE
from .carried import carried
from .instances import removed_instances, repetition, with_inputs
from .modules import inside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What makes two components of different ids the same thing.
_COMPARED = ("type", "provider", "properties", "existing", "for_each", "count")


class _Parts(NamedTuple):
    """The components of two documents, by id, where the new ones stand, and what they were."""

    old: Mapping[str, Any]
    new: Mapping[str, Any]
    places: Mapping[str, int]
    before: Mapping[str, str]

    def kept(self) -> Iterator[tuple[int, Any, Any]]:
        """Yield of what both have its place, what it was and what it is."""
        for name, index in self.places.items():
            if name in self.before:
                yield index, self.old[self.before[name]], self.new[name]


def succession_warnings(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Problem]:
    """Return warnings about what is destroyed when one version follows another.

    Args:
        old: the document of the version before.
        new: a valid document; the warnings point into it.
    """
    before, after = old["components"], new["components"]
    places = {each["id"]: index for index, each in enumerate(after)}
    made = [each for each in before if each["type"] != REMOTE_STATE]
    then, now = _by_id(made), _by_id(after)
    parts = _Parts(then, now, places, dict(_ids_before(then, now)))
    return [
        *_relocated(old, new, parts),
        *_without_provider(new, parts),
        *_replaced(parts),
        *_handed_over(parts),
        *_unprotected(parts),
        *_repeated(parts),
        *removed_instances(old, new, parts.kept()),
        *_renamed(parts),
        *_dropped(parts),
        *_unknown(parts),
        *_occupied(parts),
        *_in_modules(old, new, parts),
    ]


def _by_id(components: list[Any]) -> dict[str, Any]:
    return {component["id"]: component for component in components}


def _former(component: Mapping[str, Any]) -> list[str]:
    return list(component.get("moved_from", ()))


def _ids_before(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the id that each component had in the version before, unless it is new.

    One that leaves out the id in between is the same by the ids before that.
    """
    left = {former: each for each in old if each not in new for former in _former(old[each])}
    for name, component in new.items():
        said = (name, *_former(component))
        found = [each for each in said if each in old] or [
            left[each] for each in said if each in left
        ]
        if found:
            yield name, found[0]


def _identity(name: str, component: Mapping[str, Any]) -> str:
    """The first id, by which it is called in the cloud."""
    return next(iter(_former(component)), name)


def _relocated(old: Mapping[str, Any], new: Mapping[str, Any], parts: _Parts) -> Iterator[Problem]:
    """Yield another region of the document, and components that are made in another place."""
    there, here = _region(old.get("region"), old), _region(new.get("region"), new)
    if _differs(there, here):
        decided = new["region"]
        by_default: Path = (
            ("variables", decided["var"], "default") if isinstance(decided, dict) else ()
        )
        yield _relocation(by_default or ("region",), "All there is", f"region {here}")
    for index, then, component in parts.kept():
        if not (then.get("provider") or component.get("provider")):
            continue
        name = quoted(component["id"])
        before, after = _provider_of(then, old), _provider_of(component, new)
        path: Path = ("components", index, *(["provider"] if "provider" in component else []))
        if _differs(before["region"], after["region"]):
            yield _relocation(path, name, f"region {after['region']}")
        elif before["assume_role"] != after["assume_role"]:
            yield _relocation(path, name, "another account, or is made by another role")


def _provider_of(component: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """What makes a component: where, and by which role."""
    named = document.get("providers", {}).get(component.get("provider"), {})
    region = named.get("region", document.get("region"))
    return {"region": _region(region, document), "assume_role": named.get("assume_role")}


def _region(given: object, document: Mapping[str, Any]) -> object:
    """A region as it is written, or as the variable that decides it has it by default."""
    name = given.get("var") if isinstance(given, dict) else None
    return document.get("variables", {}).get(name, {}).get("default") if name else given


def _without_provider(new: Mapping[str, Any], parts: _Parts) -> Iterator[Problem]:
    """Yield providers that are gone with what they made, so that nobody can destroy it."""
    made: dict[str, list[str]] = {}
    kept = set(parts.before.values())
    for name, component in parts.old.items():
        if name not in kept and "existing" not in component:
            made.setdefault(component.get("provider", ""), []).append(name)
    for provider in sorted(made.keys() - {"", *new.get("providers", {})}):
        names = ", ".join(map(quoted, made[provider]))
        yield Problem.warning(
            ("providers",) if new.get("providers") else (),
            f"Provider {quoted(provider)} is gone, and made {names}: Terraform cannot destroy "
            "what it made without it.",
            "provider-removed",
            fix="Take its components out first, and the provider in a version after that.",
        )


def _differs(old: object, new: object) -> bool:
    """Whether a region becomes another, as far as both are known."""
    return isinstance(old, str) and isinstance(new, str) and old != new


def _relocation(path: Path, what: str, where: str) -> Problem:
    return Problem.warning(
        path,
        f"{what} moves to {where}: nothing is taken along. What there is is destroyed, with its "
        "data, or left behind, and made anew there.",
        "place-changed",
        fix="To be in both, add a component with a provider of its own for the other place.",
    )


def _replaced(parts: _Parts) -> Iterator[Problem]:
    """Yield components that are of another type than under the same id, or a former one."""
    for index, old, new in parts.kept():
        was, becomes = _kind(old), _kind(new)
        if was == becomes:
            continue
        then = old["id"]
        fix = "Unless that is meant, give the new component an id of its own."
        moved = f"Nothing moves to another type: leave {quoted(then)} out of its former ids."
        yield Problem.warning(
            ("components", index, "type"),
            f"{quoted(then)} was of type {quoted(was)} and becomes {quoted(becomes)}: what it is "
            "in the cloud is destroyed, with its data, and made anew.",
            "component-replaced",
            fix=fix if then == new["id"] else moved,
        )


def _kind(component: Mapping[str, Any]) -> str:
    """What a component is in the cloud: its type, or the resource that a raw one names."""
    kind: str = component["type"]
    return component["properties"]["resource"] if kind == RAW else kind


def _handed_over(parts: _Parts) -> Iterator[Problem]:
    """Yield components that were made, and are only looked up from now on."""
    for index, then, now in parts.kept():
        if "existing" in now and "existing" not in then:
            yield Problem.warning(
                ("components", index, "existing"),
                f"{quoted(now['id'])} was made and is only looked up from now on: what was made is "
                "destroyed, with its data.",
                "component-removed",
                fix='To keep it, take it out of the state before this is applied ("terraform state '
                'rm").',
            )


def _unprotected(parts: _Parts) -> Iterator[Problem]:
    """Yield components that are gone, though nothing was to destroy them."""
    kept = set(parts.before.values())
    renamed = {_content(each) for name, each in parts.new.items() if name not in parts.old}
    for name, component in parts.old.items():
        is_gone = name not in kept and _content(component) not in renamed
        if is_gone and component.get("lifecycle", {}).get("prevent_destroy"):
            yield Problem.warning(
                ("components",),
                f"{quoted(name)} was protected by prevent_destroy, which goes with it: it is "
                "destroyed, with its data.",
                "component-removed",
                fix="To keep it, leave it in the document.",
            )


def _repeated(parts: _Parts) -> Iterator[Problem]:
    """Yield components that stood alone and now stand several times, or the other way round."""
    for index, old, new in parts.kept():
        if repetition(old) == repetition(new):
            continue
        yield Problem.warning(
            ("components", index),
            f"{quoted(new['id'])} is repeated in another way than before, which gives all of it "
            "other names: it is destroyed, with its data, and made anew.",
            "component-repeated",
            fix="To keep what there is, leave it as it is and add another component.",
        )


def _renamed(parts: _Parts) -> Iterator[Problem]:
    """Yield components that say what one said that is gone, and do not name it."""
    moved = {former for component in parts.new.values() for former in _former(component)}
    gone: dict[str, list[str]] = {}
    for name, component in parts.old.items():
        if name not in parts.new and name not in moved:
            gone.setdefault(_content(component), []).append(name)
    for name, component in parts.new.items():
        if name in parts.old or _former(component):
            continue
        alike = gone.get(_content(component))
        if not alike:
            continue
        former = alike.pop(0)
        yield Problem.warning(
            ("components", parts.places[name], "id"),
            f"{quoted(former)} is gone and {quoted(name)} says the same: the one is destroyed, "
            "with its data, and the other created.",
            "component-renamed",
            fix=f"If it is the same thing, add {_moved_from(former, name, parts)} to it.",
        )


def _content(component: Mapping[str, Any]) -> str:
    """What a component says, without its ids and what is for people."""
    about = {name: component.get(name) for name in _COMPARED}
    return json.dumps(about, sort_keys=True)


def _dropped(parts: _Parts) -> Iterator[Problem]:
    """Yield components that leave out a former id, or are called by another one first."""
    for name, index in parts.places.items():
        then, said = parts.before.get(name), (name, *_former(parts.new[name]))
        if then is None or any(each in parts.old for each in said if each != then):
            continue  # new, or one of two that become one
        if "existing" in parts.new[name]:
            continue  # it is handed over, and moves nowhere
        old = parts.old[then]
        missing = next((each for each in (*_former(old), then) if each not in said), None)
        first = _identity(then, old)
        if missing or first != _identity(name, parts.new[name]):
            yield Problem.warning(
                ("components", index),
                f"{quoted(name)} no longer says that it was {quoted(missing or first)}"
                f"{'' if missing else ' first'}, which it is called by in the cloud: it is "
                "destroyed, with its data, and made anew.",
                "former-id-dropped",
                fix=f"Write {_moved_from(then, name, parts)}.",
            )


def _moved_from(then: str, name: str, parts: _Parts) -> str:
    """What the component of a name has to say of what it was in the version before, as a member."""
    ids = dict.fromkeys([*_former(parts.old[then]), *({then} - {name})])
    return f'"moved_from": {json.dumps(list(ids))}'


def _in_modules(old: Mapping[str, Any], new: Mapping[str, Any], parts: _Parts) -> Iterator[Problem]:
    """Yield what another version of a module, or other inputs, destroy in it, wherever it is."""
    for index, then, now in parts.kept():
        was, becomes = carried(then, old), carried(now, new)
        if was is None or becomes is None:
            continue
        changed = "inputs" if was == becomes else "version"
        before, after = with_inputs(was, then, old), with_inputs(becomes, now, new)
        if before == after:
            continue
        found = succession_warnings({**before, "region": ""}, {**after, "region": ""})
        for warning in (*found, *_removed(before, after)):
            yield inside(warning, ("components", index, "properties", changed))


def _removed(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield components that another version of a module no longer has.

    Whoever takes a component out of a document of their own sees that it is gone.
    """
    before, after = _by_id(old["components"]), _by_id(new["components"])
    kept = {*after, *(former for each in after.values() for former in _former(each))}
    alike = {_content(each) for name, each in after.items() if name not in before}
    for name, component in before.items():
        makes_nothing = "existing" in component or component["type"] == REMOTE_STATE
        is_gone = name not in kept and not makes_nothing
        if is_gone and _content(component) not in alike:
            yield Problem.warning(
                ("components",),
                f"{quoted(name)} ({component['type']}) is gone: it is destroyed, with its data.",
                "component-removed",
                fix="To keep it, stay with the version before, or ask for one that has it.",
            )


def _unknown(parts: _Parts) -> Iterator[Problem]:
    """Yield former ids that nothing had."""
    known = {*parts.old, *(id_ for each in parts.old.values() for id_ in _former(each))}
    for name, index in parts.places.items():
        for step, former in enumerate(_former(parts.new[name])):
            if former not in known:
                yield Problem.warning(
                    ("components", index, "moved_from", step),
                    f"The version before has no component {quoted(former)}: nothing is moved.",
                    "unknown-former-id",
                    fix="Look for a mistake in writing.",
                )


def _occupied(parts: _Parts) -> Iterator[Problem]:
    """Yield components that were there already, beside the one that they now say they were."""
    for name, index in parts.places.items():
        for step, former in enumerate(_former(parts.new[name])):
            if former != name and name in parts.old and former in parts.old:
                yield Problem.warning(
                    ("components", index, "moved_from", step),
                    f"{quoted(name)} and {quoted(former)} were two components: nothing can move "
                    "where something is, so one of them is destroyed, with its data.",
                    "former-id-occupied",
                    fix=f"Give what {quoted(former)} was a new id.",
                )
