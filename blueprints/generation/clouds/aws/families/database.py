"""Relational databases: RDS, encrypted, private, backed up and protected unless told otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.generation.clouds.aws import machines, naming
from blueprints.generation.clouds.aws.families.compute import DISK_TYPE
from blueprints.generation.clouds.aws.families.network import firewalls_or_default, way_out
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
from blueprints.generation.ir import Block, Template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Node, Value

LONGEST_NAME = 63
LONGEST_GROUP_NAME = 255
_SUFFIX_LENGTH = 8
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.html
_LOGS = {
    "postgres": ("postgresql", "upgrade"),
    "mysql": ("error", "slowquery"),
    "mariadb": ("error", "slowquery"),
}
_NUMBERS = {"postgres": 1, "mysql": 2, "mariadb": 2}  # of a major version
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
    logs = tuple(_logs(component))
    yield from logs
    if _has_settings(component):
        yield _parameter_group(component, context)
    public = component.properties["public_access"] is not False
    out = way_out(component.properties["subnets"], context) if public else ()
    yield resource(
        "aws_db_instance",
        component,
        _server(component, context),
        depends_on=(*out, *(log.address for log in logs)),
    )


def _logs(component: Component) -> Iterator[Node]:
    """Build a place for each log: AWS would make one that keeps them for ever."""
    identifier = naming.name(component, limit=LONGEST_NAME).parts
    for log in _LOGS[component.properties["engine"]] if component.properties["logs"] else ():
        arguments: dict[str, Value | None] = {
            "name": Template(("/aws/rds/instance/", *identifier, f"/{log}")),
            "retention_in_days": component.properties["log_days"],
            "tags": tags(component, log),
        }
        yield resource(
            "aws_cloudwatch_log_group",
            component,
            arguments,
            part=log,
            create_before_destroy=True,  # it goes when the server writes to it no more
        )


def _parameter_group(component: Component, context: Context) -> Node:
    """Build the engine's settings; another major version gets its own before it needs them."""
    properties = component.properties
    arguments: dict[str, Value | None] = {
        "name_prefix": naming.name_prefix(component, limit=LONGEST_GROUP_NAME),
        "family": f"{properties['engine']}{_major(properties['engine'], properties['version'])}",
        "tags": tags(component),
    }
    settings = tuple(
        Block(
            "parameter",
            {
                "name": setting["name"],
                "value": value(setting["value"], context),
                "apply_method": "pending-reboot" if setting["restart"] else "immediate",
            },
        )
        for setting in properties["parameters"]
    )
    return resource(
        "aws_db_parameter_group", component, arguments, settings, create_before_destroy=True
    )


def _major(engine: str, version: str) -> str:
    """Return the part of a version that settings go by: one number of PostgreSQL's, else two."""
    return ".".join(version.split(".")[: _NUMBERS[engine]])


def _minor_versions_follow(component: Component) -> bool:
    """Whether AWS may take the next minor version: not where the document names one exactly."""
    properties = component.properties
    version = properties.get("version")
    exact = isinstance(version, str) and version.count(".") >= _NUMBERS[properties["engine"]]
    return not exact


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
        "vpc_security_group_ids": firewalls_or_default(component, context),
        "allow_major_version_upgrade": True if "version" in component.properties else None,
        "auto_minor_version_upgrade": _minor_versions_follow(component),
        "parameter_group_name": _settings(component),
        "enabled_cloudwatch_logs_exports": _LOGS[properties["engine"]]
        if properties["logs"]
        else None,
        "performance_insights_enabled": value(properties["insights"], context),
        "copy_tags_to_snapshot": True,
        "skip_final_snapshot": not properties["final_snapshot"],
        "final_snapshot_identifier": _last_snapshot(component),
        "tags": tags(component),
    }


def _settings(component: Component) -> Value | None:
    if not _has_settings(component):
        return None
    return reference("aws_db_parameter_group", component.id, "name")


def _has_settings(component: Component) -> bool:
    """Whether the server has settings of its own, be they none: AWS's could not be gone back to.

    The provider leaves a server in the group that it is in when the code names none any more.
    """
    return isinstance(component.properties.get("version"), str)


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
