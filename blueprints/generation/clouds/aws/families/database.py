"""Relational databases: RDS, encrypted, private, backed up and protected unless told otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.generation.clouds.aws import machines, naming
from blueprints.generation.clouds.aws.families.compute import DISK_TYPE, firewalls
from blueprints.generation.clouds.aws.families.network import way_out
from blueprints.generation.clouds.aws.families.secret import content
from blueprints.generation.clouds.aws.mapping import (
    Context,
    TypeMapping,
    attribute,
    optional,
    reference,
    references,
    resource,
    tags,
    value,
)
from blueprints.generation.ir import Template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Node, Value

LONGEST_NAME = 63
LONGEST_GROUP_NAME = 255
_SUFFIX_LENGTH = 8
# Properties that cannot be changed on a server: another one is made.
_REPLACING = ("engine", "database", "username", "encrypted")
# Arguments of the resource and the properties that they take over unchanged.
_COPIED = {
    "allocated_storage": "storage_gb",
    "storage_encrypted": "encrypted",
    "db_name": "database",
    "username": "username",
    "multi_az": "multi_zone",
    "publicly_accessible": "public_access",
    "backup_retention_period": "backup_days",
    "deletion_protection": "deletion_protection",
}


def database(component: Component, context: Context) -> Iterator[Node]:
    """Build the group of subnets and the server."""
    group: dict[str, Value | None] = {
        "name": naming.name(component, limit=LONGEST_GROUP_NAME),
        "subnet_ids": references("aws_subnet", component.properties["subnets"], "id"),
        "tags": tags(component),
    }
    yield resource("aws_db_subnet_group", component, group)
    if component.properties["final_snapshot"]:
        yield _snapshot_suffix(component, context)
    public = component.properties["public_access"] is not False
    yield resource(
        "aws_db_instance",
        component,
        _server(component, context),
        depends_on=way_out(component.properties["subnets"], context) if public else (),
    )


def _server(component: Component, context: Context) -> dict[str, Value | None]:
    properties = component.properties
    return {
        "identifier": naming.name(component, limit=LONGEST_NAME),
        "engine": properties["engine"],
        "engine_version": optional(component, "version", context),
        "instance_class": machines.size(properties["size"], "rds", context),
        "storage_type": DISK_TYPE,
        **{name: value(properties[source], context) for name, source in _COPIED.items()},
        **_password(component, context),
        "port": optional(component, "port", context),
        "db_subnet_group_name": reference("aws_db_subnet_group", component.id, "name"),
        "vpc_security_group_ids": firewalls(component),
        "auto_minor_version_upgrade": True,
        "copy_tags_to_snapshot": True,
        "skip_final_snapshot": not properties["final_snapshot"],
        "final_snapshot_identifier": _last_snapshot(component),
        "tags": tags(component),
    }


def _snapshot_suffix(component: Component, context: Context) -> Node:
    """Build the end of the last snapshot's name: the snapshot outlives the server.

    So a server made anew, after a deletion or a replacement, needs another one.
    """
    properties = component.properties
    keepers = {name: value(properties[name], context) for name in _REPLACING}
    return resource("random_id", component, {"byte_length": 4, "keepers": keepers})


def _password(component: Component, context: Context) -> dict[str, Value | None]:
    if component.properties["managed_password"]:
        return {"manage_master_user_password": True}
    return {"password": content(component.properties["password"], context)}


def _last_snapshot(component: Component) -> Value | None:
    if not component.properties["final_snapshot"]:
        return None
    suffix = reference("random_id", component.id, "hex")
    name = naming.name(component, limit=LONGEST_NAME - _SUFFIX_LENGTH, suffix="final", ending="-")
    return Template((*name.parts, suffix))


MAPPINGS = (
    TypeMapping(
        "database",
        "databases",
        database,
        {
            "id": attribute("aws_db_instance", "id"),
            "arn": attribute("aws_db_instance", "arn"),
            "host": attribute("aws_db_instance", "address"),
            "port": attribute("aws_db_instance", "port"),
            "endpoint": attribute("aws_db_instance", "endpoint"),
            "database": attribute("aws_db_instance", "db_name"),
            "username": attribute("aws_db_instance", "username"),
            "password_secret": attribute("aws_db_instance", "master_user_secret", 0, "secret_arn"),
        },
    ),
)
