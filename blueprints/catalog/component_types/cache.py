from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Problem

from . import fields, machines
from .base import Attribute, ComponentType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: What each engine listens on.
PORTS = {"redis": 6379, "valkey": 6379, "memcached": 11211}
MOST_REPLICATED_NODES = 6


def check_engine(properties: Mapping[str, Any]) -> Iterator[Problem]:
    """Memcached keeps no copies; the others have a primary and up to five replicas."""
    nodes = properties["nodes"]
    if properties["multi_zone"] and nodes == 1:
        message = "Several zones need at least 2 nodes."
        yield Problem.error(("nodes",), message)
    if properties["engine"] == "memcached":
        yield from _beyond_memcached(properties)
        return
    if isinstance(nodes, int) and nodes > MOST_REPLICATED_NODES:
        message = f"{properties['engine']} takes at most {MOST_REPLICATED_NODES} nodes here."
        yield Problem.error(("nodes",), message)


def zones(properties: Mapping[str, Any]) -> int:
    """Replicas in other zones need subnets there."""
    return 2 if properties["multi_zone"] else 1


def _beyond_memcached(properties: Mapping[str, Any]) -> Iterator[Problem]:
    if "auth_token" in properties:
        message = "Memcached knows no auth_token: remove it, or use redis or valkey."
        yield Problem.error(("auth_token",), message)
    if properties["backup_days"]:
        message = "Memcached makes no backups: remove backup_days, or use redis or valkey."
        yield Problem.error(("backup_days",), message)


TYPE = ComponentType(
    name="cache",
    title="Cache",
    category="data",
    description="A managed in-memory store: Redis, Valkey or Memcached.",
    schema=fields.properties(
        {
            "engine": fields.choice("The engine.", "redis", "valkey", "memcached"),
            "version": fields.text(
                "The engine's version; without it, the one the cloud prefers.",
                max_length=16,
                pattern="^[0-9]{1,2}([.][0-9]{1,3}){0,2}$",
                examples=["7.1"],
            ),
            "size": machines.size("The nodes' size"),
            "nodes": fields.integer(
                "Number of nodes: one primary and its replicas, or memcached's shards.",
                minimum=1,
                maximum=40,
                default=1,
            ),
            "multi_zone": fields.flag(
                "Whether replicas stand in other zones and take over.", default=False
            ),
            "subnets": fields.components("The subnets it may stand in.", "subnet", min_items=1),
            "firewalls": fields.components(
                "The firewalls in front of it.", "firewall", max_items=5
            ),
            "encrypted": fields.flag("Whether data is encrypted at rest.", default=True),
            "encrypted_in_transit": fields.flag("Whether clients connect by TLS.", default=True),
            "auth_token": fields.secret("The password that clients send."),
            "backup_days": fields.integer(
                "Days that daily snapshots are kept; 0 makes none.",
                minimum=0,
                maximum=35,
                default=0,
                literal=True,
            ),
        },
        required=["engine", "subnets"],
        example={"engine": "valkey", "subnets": [{"ref": "data-a"}], "nodes": 2},
    ),
    attributes=(
        Attribute("id", "string", "The cloud's id of the cache."),
        Attribute("arn", "string", "Its full name within the cloud."),
        Attribute("host", "string", "The DNS name that clients connect to."),
        Attribute("port", "number", "The port it listens on."),
    ),
    clouds={
        "aws": "aws_elasticache_replication_group or aws_elasticache_cluster",
        "azure": "azurerm_managed_redis",
        "google": "google_memorystore_instance or google_memcache_instance",
    },
    checks=(check_engine,),
    zones=zones,
)
