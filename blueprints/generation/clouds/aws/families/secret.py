"""Secrets: an entry in Secrets Manager and its first value, given or made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.documents import Ref
from blueprints.generation.clouds.aws import naming
from blueprints.generation.clouds.aws.mapping import (
    Context,
    TypeMapping,
    attribute,
    reference,
    resource,
    tags,
    value,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents import Component, Var
    from blueprints.generation.ir import Node, Value

LONGEST_PREFIX = 255
# What neither databases nor caches refuse. A token of ElastiCache has no other punctuation, and a
# password of RDS none of / " @:
# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html
# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
PUNCTUATION = "!&#$^<>-"


def secret(component: Component, context: Context) -> Iterator[Node]:
    """Build the entry and its value. A deleted name stays taken for days, so it gets a suffix."""
    entry: dict[str, Value | None] = {
        "name_prefix": naming.name(component, limit=LONGEST_PREFIX, ending="-"),
        "description": component.properties.get("description"),
        "recovery_window_in_days": value(component.properties["recovery_days"], context),
        "tags": tags(component),
    }
    yield resource("aws_secretsmanager_secret", component, entry)
    if "generate" in component.properties:
        yield _random(component)
    version: dict[str, Value | None] = {
        "secret_id": reference("aws_secretsmanager_secret", component.id, "id"),
        "secret_string": _content(component, context),
    }
    # The entry is never without a value: the new one is current before the old one goes.
    yield resource(
        "aws_secretsmanager_secret_version", component, version, create_before_destroy=True
    )


def _random(component: Component) -> Node:
    wanted = component.properties["generate"]
    arguments: dict[str, Value | None] = {"length": wanted["length"], "special": wanted["special"]}
    if wanted["special"]:
        arguments["override_special"] = PUNCTUATION
    return resource("random_password", component, arguments)


def _content(component: Component, context: Context) -> Value:
    if "generate" in component.properties:
        return reference("random_password", component.id, "result")
    return value(component.properties["value"], context)


def content(source: Ref | Var, context: Context) -> Value:
    """Return the value behind a property that must be secret, never as text.

    A component of type secret gives the value that its entry holds, so the entry is made
    first; a secret variable gives itself.
    """
    if isinstance(source, Ref):
        given = context.component(source.component).properties.get("value")
        if context.is_stored(given):
            return value(given, context)  # the entry was written without being kept
        return reference("aws_secretsmanager_secret_version", source.component, "secret_string")
    return value(source, context)


MAPPINGS = (
    TypeMapping(
        "secret",
        "secrets",
        secret,
        {name: attribute("aws_secretsmanager_secret", name) for name in ("id", "name", "arn")},
    ),
)
