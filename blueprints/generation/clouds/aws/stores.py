"""Secrets that lie in a store: read when they are needed, and kept out of the state where possible.

A write-only argument takes a value that an ephemeral resource reads: neither is in a plan or a
state. Where AWS's provider has no such argument, a data source reads the value, and the state
holds it. https://developer.hashicorp.com/terraform/language/manage-sensitive-data
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING, cast

from blueprints.catalog import provider_schemas
from blueprints.generation.clouds.aws.mapping import CALLER, Context
from blueprints.generation.ir import (
    Address,
    Member,
    Node,
    Reference,
    Template,
    Value,
    VariableReference,
    block_values,
    references,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from blueprints.catalog.documents import StoredSecret
    from blueprints.generation.ir import NodeKind

_PART = "variable"
_CATEGORY = "stored_secrets"


def stored(nodes: Iterable[Node], context: Context) -> tuple[tuple[Node, ...], Mapping[str, Value]]:
    """Let write-only arguments take secrets from stores, and read those that nodes ask for.

    Returns:
        The nodes with those that read, and the local values that they refer to, by name.
    """
    turned = [_written_only(node, context) for node in nodes]
    asked = sorted({name for node in turned for name in _locals(node)})
    opened = sorted({name for node in turned for name in _opened(node)})
    reading = [
        *(_reader("data", name, context) for name in asked),
        *(_reader("ephemeral", name, context) for name in opened),
    ]
    return (*turned, *reading), {name: _content("data", name, context) for name in asked}


def _secret(name: str, context: Context) -> StoredSecret:
    found = context.document.variables[name].stored
    if found is None:
        raise TypeError(f"Variable {name} has no store.")
    return found


def _is_local(value: object) -> bool:
    return isinstance(value, VariableReference) and value.scope == "local"


def _locals(node: Node) -> Iterator[str]:
    for value in block_values(node.arguments, node.blocks):
        for found in references(value):
            if isinstance(found, VariableReference) and _is_local(found):
                yield found.name


def _opened(node: Node) -> Iterator[str]:
    for value in node.arguments.values():
        for found in references(value):
            if isinstance(found, Reference) and found.target.kind == "ephemeral":
                yield found.target.component


def _written_only(node: Node, context: Context) -> Node:
    body = provider_schemas.resource("aws", node.address.type)
    arguments: dict[str, Value] = {}
    for name, value in node.arguments.items():
        written = body.written_only(name) if body and _is_local(value) else ""
        if isinstance(value, VariableReference) and written:
            arguments[written] = _content("ephemeral", value.name, context)
            arguments.setdefault(f"{written}_version", _version(_secret(value.name, context)))
        else:
            arguments[name] = value
    return dataclasses.replace(node, arguments=arguments)


def _version(secret: StoredSecret) -> int:
    """Return a number that is another one for each place and revision of a secret.

    Nothing else tells Terraform to write anew what it keeps nowhere. It fits in 31 bits, all that
    providers for 32-bit systems count with.
    """
    place = json.dumps([secret.store, dict(secret.settings), secret.revision], sort_keys=True)
    return int.from_bytes(hashlib.sha256(place.encode()).digest()[:4]) >> 1


def _address(kind: NodeKind, name: str, context: Context) -> Address:
    types = {
        "secrets_manager": "aws_secretsmanager_secret_version",
        "ssm_parameter": "aws_ssm_parameter",
        "vault": "vault_kv_secret_v2",
    }
    return Address(kind, types[_secret(name, context).store], name, _PART)


def _reader(kind: NodeKind, name: str, context: Context) -> Node:
    secret = _secret(name, context)
    arguments: dict[str, Value]
    match secret.store:
        case "secrets_manager":
            arguments = {"secret_id": secret.settings["id"]}
        case "ssm_parameter" if kind == "data":
            arguments = {"name": secret.settings["name"]}
        case "ssm_parameter":
            arguments = {"arn": _parameter_arn(secret.settings["name"], context)}
        case _:
            arguments = {"mount": secret.settings["mount"], "name": secret.settings["path"]}
    return Node(_address(kind, name, context), category=_CATEGORY, arguments=arguments)


def _parameter_arn(name: str, context: Context) -> Value:
    if name.startswith("arn:"):
        return name
    region = cast("str | VariableReference", context.region())
    account = Reference(CALLER, ("account_id",))
    parameter = f":parameter/{name.removeprefix('/')}"
    return Template((f"arn:{context.partition()}:ssm:", region, ":", account, parameter))


def _content(kind: NodeKind, name: str, context: Context) -> Value:
    """Return the secret itself, out of what was read."""
    secret, address = _secret(name, context), _address(kind, name, context)
    match secret.store:
        case "secrets_manager":
            text = Reference(address, ("secret_string",))
            return Member(text, secret.settings["key"]) if "key" in secret.settings else text
        case "ssm_parameter":
            return Reference(address, ("value",))
        case _:
            return Reference(address, ("data", secret.settings["key"]))
