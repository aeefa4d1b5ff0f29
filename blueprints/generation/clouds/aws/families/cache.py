"""Caches: a replication group for Redis and Valkey, a cluster of shards for Memcached."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from blueprints.catalog.component_types.cache import PORTS
from blueprints.generation.clouds.aws import machines, naming
from blueprints.generation.clouds.aws.families.network import firewalls_or_default
from blueprints.generation.clouds.aws.families.secret import content
from blueprints.generation.clouds.aws.mapping import (
    AttributeValue,
    Context,
    TypeMapping,
    optional,
    reference,
    references,
    resource,
    tags,
    value,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents import Component
    from blueprints.generation.ir import Node, Template, Value

LONGEST_GROUP_NAME = 255
LONGEST_REPLICATION_GROUP_NAME = 40
LONGEST_CLUSTER_NAME = 50
_MEMBER = re.compile(r"-[0-9]{3}$")


def cache(component: Component, context: Context) -> Iterator[Node]:
    """Build the group of subnets and the nodes."""
    group: dict[str, Value | None] = {
        "name": naming.name(component, limit=LONGEST_GROUP_NAME),
        "subnet_ids": references("aws_subnet", component.properties["subnets"], "id"),
        "tags": tags(component),
    }
    yield resource("aws_elasticache_subnet_group", component, group)
    build = _shards if _is_sharded(component) else _replicas
    yield build(component, context)


def _is_sharded(component: Component) -> bool:
    return bool(component.properties["engine"] == "memcached")


def _common(component: Component, context: Context) -> dict[str, Value | None]:
    properties = component.properties
    return {
        "engine": properties["engine"],
        "engine_version": optional(component, "version", context),
        "node_type": machines.size(properties["size"], "elasticache", context),
        "subnet_group_name": reference("aws_elasticache_subnet_group", component.id, "name"),
        "security_group_ids": firewalls_or_default(component, context),
        "transit_encryption_enabled": properties["encrypted_in_transit"],
    }


def _replicas(component: Component, context: Context) -> Node:
    properties = component.properties
    token = properties.get("auth_token")
    arguments: dict[str, Value | None] = {
        "replication_group_id": naming.name(component, limit=LONGEST_REPLICATION_GROUP_NAME),
        "description": f"Cache {component.identity}",
        **_common(component, context),
        "port": PORTS[properties["engine"]],
        "num_cache_clusters": value(properties["nodes"], context),
        "automatic_failover_enabled": properties["multi_zone"],
        "multi_az_enabled": properties["multi_zone"],
        "at_rest_encryption_enabled": properties["encrypted"],
        "auth_token": content(token, context) if token else None,
        "snapshot_retention_limit": properties["backup_days"],
        "tags": tags(component),
    }
    return resource("aws_elasticache_replication_group", component, arguments)


def _shards(component: Component, context: Context) -> Node:
    properties = component.properties
    arguments: dict[str, Value | None] = {
        "cluster_id": _cluster_name(component),
        **_common(component, context),
        "port": PORTS[properties["engine"]],
        "num_cache_nodes": value(properties["nodes"], context),
        "az_mode": "cross-az" if properties["multi_zone"] else "single-az",
        "tags": tags(component),
    }
    return resource("aws_elasticache_cluster", component, arguments)


def _cluster_name(component: Component) -> Template:
    """Name a cluster apart from those that AWS makes in replication groups: ``<group>-001``.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Replication.html
    """
    looks_made = _MEMBER.search(component.identity)
    suffix = "shards" if looks_made else ""
    return naming.name(component, limit=LONGEST_CLUSTER_NAME, suffix=suffix)


def _attribute(replicated: str, sharded: str) -> AttributeValue:
    """Declare an attribute that the two kinds of cache call differently."""

    def find(component: Component, _: Context) -> Value:
        if _is_sharded(component):
            return reference("aws_elasticache_cluster", component.id, sharded)
        return reference("aws_elasticache_replication_group", component.id, replicated)

    return find


MAPPINGS = (
    TypeMapping(
        "cache",
        "caches",
        cache,
        {
            "id": _attribute("id", "id"),
            "arn": _attribute("arn", "arn"),
            "host": _attribute("primary_endpoint_address", "cluster_address"),
            "port": _attribute("port", "port"),
        },
    ),
)
