"""What exists in an account, and the rules that every change of it keeps."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.blueprints.generation.schema_provider import facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

State: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, str]  # type and id

_SUFFIX = "20260101000000{:012d}"  # as long as the ones that the provider makes up


class Refused(Exception):
    """The cloud does not do this; the text says why."""


@dataclass
class Account:
    """The resources of one account.

    Attributes:
        live: the state of everything that exists, by type and id.
        left: values that stay taken: the type, and the name of a snapshot or secret.
        calls: what was done, in order: create, update or delete, and the type.
        published: the edition of what data sources find, such as images.
        opened: the types of ephemeral resources that were read, in order.
        uploaded: objects that others put into buckets: their versions, by bucket and key.
    """

    live: dict[Key, State] = field(default_factory=dict)
    left: set[Key] = field(default_factory=set)
    calls: list[tuple[str, str]] = field(default_factory=list)
    published: int = 1
    uploaded: dict[str, dict[str, str]] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    _made: int = 0
    _uses: dict[Key, frozenset[str]] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def number(self) -> int:
        """Return a number that was not given before."""
        with self._lock:
            self._made += 1
            return self._made

    def suffix(self) -> str:
        """Return what is put after a prefix to make a name of it."""
        return _SUFFIX.format(self.number())

    def apply(self, type_: str, before: State | None, after: State | None) -> None:
        """Create, change or delete a resource: one after the other, whoever asks.

        Raises:
            Refused: the cloud would not do it.
        """
        with self._lock:
            if after is None:
                self._delete(type_, before or {})
            elif before is None:
                self._create(type_, after)
            else:
                self._update(type_, after)

    def _create(self, type_: str, state: State) -> None:
        name = unique_name(type_, state)
        for (other, _), there in self.live.items():
            if name and other == type_ and unique_name(type_, there) == name:
                raise Refused(f"AlreadyExists: a {type_} is named {name} already.")
        if (type_, "/".join(name)) in self.left:
            raise Refused(f"AlreadyExists: {name} of {type_} stays taken after deletion.")
        self._check_package(type_, state)
        self._keep(type_, state)
        self.calls.append(("create", type_))

    def _update(self, type_: str, state: State) -> None:
        self._check_package(type_, state)
        self._keep(type_, state)
        self.calls.append(("update", type_))

    def _keep(self, type_: str, state: State) -> None:
        key = type_, state["id"]
        self.live[key], self._uses[key] = state, frozenset(_used(type_, state))

    def _delete(self, type_: str, state: State) -> None:
        if state.get("deletion_protection") or state.get("disable_api_termination"):
            raise Refused(f"OperationNotPermitted: {type_} {state['id']} is protected.")
        key = type_, state["id"]
        names = {state["id"], state["arn"] if _is_own_arn(state) else state["id"]}
        users = (user for user, used in self._uses.items() if user != key and used & names)
        user = None if type_ in facts.MAY_BE_NAMED else next(users, None)
        if user:
            raise Refused(f"DependencyViolation: {type_} {state['id']} is used by {user[0]}.")
        self._leave(type_, state)
        del self.live[key], self._uses[key]
        self.calls.append(("delete", type_))

    def _leave(self, type_: str, state: State) -> None:
        argument = facts.LEFT_BEHIND.get(type_)
        left = argument and not state.get("skip_final_snapshot") and state.get(argument)
        if not left:
            return
        if (type_, left) in self.left:
            raise Refused(f"SnapshotAlreadyExists: {left}.")
        self.left.add((type_, left))

    def objects(self, bucket: str) -> dict[str, str]:
        """Return the objects of a bucket: their versions, by key."""
        own = (s for (type_, _), s in self.live.items() if type_ == "aws_s3_object")
        made = {s["key"]: s["version_id"] for s in own if s["bucket"] == bucket}
        return {**made, **self.uploaded.get(bucket, {})}

    def _check_package(self, type_: str, state: State) -> None:
        if type_ == "aws_lambda_function" and state["s3_key"] not in self.objects(
            state["s3_bucket"]
        ):
            raise Refused(f"NoSuchKey: {state['s3_bucket']} holds no {state['s3_key']}.")


def unique_name(type_: str, state: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the name that no other resource of the type may have; empty without one."""
    return tuple(str(state.get(argument)) for argument in facts.UNIQUE.get(type_, ()))


def _used(type_: str, state: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts by which a resource may name others: all but its own name and tags."""
    own = {*facts.UNIQUE.get(type_, ())[-1:], "id", "tags", "tags_all"}
    for name, value in state.items():
        if name not in own and not (name == "arn" and _is_own_arn(state)):
            yield from texts_in(value)


def _is_own_arn(state: Mapping[str, Any]) -> bool:
    """Whether a resource has an ARN; that of a target, for one, is that of something else."""
    return str(state.get("arn")).endswith(f":{state['id']}")


def texts_in(value: Any) -> Iterator[str]:
    """Every text in JSON values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts_in(item)
