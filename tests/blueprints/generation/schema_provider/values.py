"""The values that a cloud chooses by itself."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgpack

from tests.blueprints.generation.schema_provider import facts
from tests.blueprints.generation.schema_provider.account import Account, Refused, State
from tests.blueprints.generation.schema_provider.schemas import (
    Body,
    chosen_by_aws,
    is_write_only,
)

UNKNOWN = msgpack.ExtType(0, b"\x00")
"""How the protocol writes a value that is not known yet."""

_NAME_SERVERS = ["ns-1.example.net", "ns-2.example.net"]


def comparable(value: Any) -> str:
    """Return a value in a form that does not depend on the order of a list, which may be a set."""
    if isinstance(value, list):
        value = sorted(map(comparable, value))
    return json.dumps(value, sort_keys=True, default=str)


def only_read(body: Body, state: State) -> Iterator[str]:
    """Yield the attributes that have a value though they can only be read."""
    yield from (name for name in body.get("computed", ()) if state.get(name) is not None)
    for name, below in body["blocks"].items():
        for block in state.get(name) or () if name != "timeouts" else ():
            yield from only_read(below, block)


def leave_open(body: Body, state: State) -> None:
    """Mark as unknown what the cloud will choose, also in nested blocks."""
    for name in chosen_by_aws(body):
        if state.get(name) is None:
            state[name] = UNKNOWN
    for name, below in body["blocks"].items():
        if name != "timeouts":
            for block in state.get(name) or ():
                leave_open(below, block)


def forget(state: State) -> None:
    """Leave out what is written without being kept."""
    state |= dict.fromkeys(filter(is_write_only, state))


def fill_in(type_: str, body: Body, state: State, account: Account) -> None:
    """Choose what was left open."""
    if state.get("id") == UNKNOWN:
        state["id"] = f"{type_}-{account.number()}"
    _fill(body, state, lambda name, kind: _chosen(type_, name, kind, state, account))
    if type_ in facts.IDS:
        state["id"] = state[facts.IDS[type_]]


def read(type_: str, body: Body, state: State, account: Account) -> None:
    """Find what a data source finds: the same each time, until something newer is published.

    Raises:
        Refused: there is no such object.
    """
    if type_ in _FOUND:
        state |= _FOUND[type_](state, account)
    if type_ in facts.IDS:
        state["id"] = state[facts.IDS[type_]]
    asked = zlib.crc32(comparable(state).encode())
    edition = f"{account.published}-{asked}"
    _fill(body, state, lambda name, kind: _zero(kind, f"{type_}-{name}-{edition}"))


def _listed(state: State, account: Account) -> State:
    keys = sorted(k for k in account.objects(state["bucket"]) if k.startswith(state["prefix"]))
    return {"keys": keys[: int(state["max_keys"])]}


def _object(state: State, account: Account) -> State:
    there = account.objects(state["bucket"])
    if state["key"] not in there:
        raise Refused(f"NotFound: {state['bucket']} holds no {state['key']}.")
    return {"version_id": there[state["key"]]}


def _entry(state: State, account: Account) -> State:
    del state, account  # all entries are alike
    return {"secret_string": json.dumps(SECRETS)}


def _keys(state: State, account: Account) -> State:
    del state, account
    return {"data": SECRETS}


#: What stores hold.
SECRETS = {"password": "hunter2", "api-key": "hunter3", "private": "hunter4"}
_FOUND = {
    "aws_s3_objects": _listed,
    "aws_s3_object": _object,
    "aws_secretsmanager_secret_version": _entry,
    "vault_kv_secret_v2": _keys,
}


def _fill(body: Body, state: State, choose: Callable[[str, Any], Any]) -> None:
    for name in chosen_by_aws(body):
        if state.get(name) == UNKNOWN:
            kind = body.get("computed", {}).get(name) or body["attributes"][name]
            state[name] = choose(name, kind)
    for name, below in body["blocks"].items():
        if name != "timeouts":
            for block in state.get(name) or ():
                _fill(below, block, choose)


def _chosen(type_: str, name: str, kind: Any, state: Mapping[str, Any], account: Account) -> Any:
    prefix = state.get(f"{name}_prefix")
    if prefix:
        return f"{prefix}{account.suffix()}"
    if type_ in facts.IDS and name == "arn":
        return f"arn:aws:{type_}:::{state[facts.IDS[type_]]}"
    if name == "arn":
        return f"arn:aws:{type_}:eu-central-1:111122223333:{state['id']}"
    if name == "name_servers":
        return _NAME_SERVERS
    number = account.number()
    return number if kind == "number" else _zero(kind, f"{type_}-{name}-{number}")


def _zero(kind: Any, text: str) -> Any:
    """Return a value of a type, with a text where it holds any."""
    if isinstance(kind, Mapping):
        return [{name: _zero(below, f"{text}-{name}") for name, below in kind.items()}]
    simple = kind if isinstance(kind, str) else kind[0]
    if simple.startswith(("list", "set")):
        return []
    return {"string": text.replace("_", "-"), "number": 1, "boolean": False, "map": {}}[simple]
