"""Roles: who may act in them, and what they may do to components of the document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.clouds.aws import policies
from blueprints.generation.clouds.aws import naming
from blueprints.generation.clouds.aws.families.object_storage import has_own_key, objects_arn
from blueprints.generation.clouds.aws.mapping import (
    Context,
    TypeMapping,
    attribute,
    label,
    mapping_for,
    reference,
    resource,
    tags,
    value,
)
from blueprints.generation.clouds.aws.policies import PODS, policy, trust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Address, Node, Value

LONGEST_ROLE_NAME = 64
LONGEST_PROFILE_NAME = 128
_SERVICES = {
    "compute_instance": "ec2",
    "function": "lambda",
    "container_cluster": "eks",
    "container_node": "ec2",
    "container_pod": PODS,
}
_GRANTS = frozenset({"aws_iam_role_policy", "aws_iam_role_policy_attachment"})


def role(component: Component, context: Context) -> Iterator[Node]:
    """Build a role, its permissions, and the profile by which machines take it on."""
    properties = component.properties
    arguments: dict[str, Value | None] = {
        "name": naming.name(component, limit=LONGEST_ROLE_NAME),
        "description": properties.get("description"),
        "assume_role_policy": trust(_SERVICES[properties["trusted_service"]], context),
        "tags": tags(component),
    }
    yield resource("aws_iam_role", component, arguments)
    statements = tuple(_statements(component, context))
    if statements:
        yield role_policy(component, component.id, "access", *statements)
    for managed in properties["managed_policies"]:
        part = f"managed_{label(managed, context, shown=_last_word(managed))}"
        yield attachment(component, component.id, value(managed, context), part)
    if properties["trusted_service"] == "compute_instance":
        yield _profile(component)


def _last_word(policy: Any) -> str:
    """Return what tells a policy's full name from others at a glance."""
    return policy.rpartition("/")[2] if isinstance(policy, str) else ""


def permissions(role_id: str, context: Context) -> tuple[Address, ...]:
    """Name what gives a role its permissions: whoever acts in it at once must wait for that."""
    component = context.component(role_id)
    nodes = () if component.existing else role(component, context)
    return tuple(node.address for node in nodes if node.address.type in _GRANTS)


def role_policy(
    component: Component,
    role_id: str,
    part: str,
    *statements: Mapping[str, Value],
    role_part: str = "",
) -> Node:
    """Build a policy inside a role, on behalf of a component that may be another one."""
    arguments: dict[str, Value | None] = {
        "name": naming.name(component, limit=LONGEST_PROFILE_NAME, suffix=part),
        "role": reference("aws_iam_role", role_id, "id", part=role_part),
        "policy": policy(*policies.merged(statements)),
    }
    # Whoever goes over to another role finds there what it may do.
    return resource(
        "aws_iam_role_policy", component, arguments, part=part, create_before_destroy=True
    )


def attachment(
    component: Component, role_id: str, policy_arn: Value, part: str, *, role_part: str = ""
) -> Node:
    """Build the tie between a role and a policy that exists already."""
    arguments: dict[str, Value | None] = {
        "role": reference("aws_iam_role", role_id, "name", part=role_part),
        "policy_arn": policy_arn,
    }
    return resource(
        "aws_iam_role_policy_attachment",
        component,
        arguments,
        part=part,
        create_before_destroy=True,  # as of a policy
    )


def _statements(component: Component, context: Context) -> Iterator[Mapping[str, Value]]:
    yield from rights(component, context)
    for extra in component.properties["statements"]:
        actions, resources = (value(extra[name], context) for name in ("actions", "resources"))
        yield {
            "Effect": policies.EFFECTS[extra["effect"]],
            "Action": actions,
            "Resource": resources,
        }


def rights(component: Component, context: Context) -> Iterator[Mapping[str, Value]]:
    """Allow what a component may read, write and call: a role, or one that has a role built in.

    One statement for each kind of access: all policies of a role share 10,240 characters.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    yield from policies.access_statements(
        allowed
        for access in policies.ACCESS
        for target in component.properties.get(access, ())
        for allowed in _allowed(access, context.component(target.component), context)
    )


def _allowed(
    access: str, target: Component, context: Context
) -> Iterator[tuple[tuple[str, ...], Value]]:
    for place, names in policies.actions(access, target.type).items():
        if place != "key" or has_own_key(target):
            yield names, _PLACES[place](target, context)


def _arn(target: Component, context: Context) -> Value:
    return mapping_for(target.type).attributes["arn"](target, context)


_PLACES: Mapping[str, Callable[[Component, Context], Value]] = {
    "arn": _arn,
    "objects": lambda target, _: objects_arn(target),
    "key": lambda target, _: reference("aws_kms_key", target.id, "arn"),
}


def _profile(component: Component) -> Node:
    arguments: dict[str, Value | None] = {
        "name": naming.name(component, limit=LONGEST_PROFILE_NAME),
        "role": reference("aws_iam_role", component.id, "name"),
        "tags": tags(component),
    }
    return resource("aws_iam_instance_profile", component, arguments)


MAPPINGS = (
    TypeMapping(
        "role",
        "identity",
        role,
        {name: attribute("aws_iam_role", name) for name in ("id", "name", "arn")},
    ),
)
