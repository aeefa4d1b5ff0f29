"""ElastiCache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blueprints.catalog.clouds.aws import machine_types, versions
from blueprints.catalog.documents.cloud_rules.rule import Example, Limit, rule
from blueprints.catalog.problems import Problem

from . import machine_sizes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents.cloud_rules.context import Subject

_GUIDE = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg"
# The first versions that run on Graviton, and that speak TLS.
_FIRST_ON_ARM = {"redis": (5, 0, 6), "memcached": (1, 5, 16)}
_FIRST_WITH_TLS = {"memcached": (1, 6, 12)}
_FIRST_TIERED = {"redis": (6, 2)}


@rule(
    "aws-cache/version",
    limit="Versions are those that ElastiCache offers: redis and valkey as major.minor (4.0.10 and "
    "5.0.6 apart), memcached in three parts.",
    source=f"{_GUIDE}/supported-engine-versions.html",
    accepted=(
        Example({"engine": "redis", "version": "7.1"}),
        Example({"engine": "redis", "version": "5.0.6"}),
        Example({"engine": "valkey", "version": "8.0"}),
        Example({"engine": "memcached", "version": "1.6.22"}),
    ),
    refused=(
        Example({"engine": "redis", "version": "7"}, "/version"),
        Example({"engine": "redis", "version": "7.2"}, "/version"),
        Example({"engine": "valkey", "version": "7.1"}, "/version"),
        Example({"engine": "memcached", "version": "1.6"}, "/version"),
    ),
)
def version(cache: Subject) -> Iterator[Problem]:
    """The engine has that version, written as AWS writes it."""
    given = cache.text("version")
    if given and (message := versions.cache_fault(cache.properties["engine"], given)):
        yield Problem.error(("version",), message)


@rule(
    "aws-cache/node-type",
    limit="Node types begin with cache., and not every region has each.",
    source=f"{_GUIDE}/CacheNodes.SupportedTypes.html",
    accepted=(
        Example({"size": "cache.r7g.large"}),
        Example({"size": "large"}, region="eu-south-1"),
    ),
    refused=(
        Example({"size": "m7g.large"}, "/size"),
        Example({"size": "cache.t4g.large"}, "/size"),
        Example({"size": "cache.m7g.large"}, "/size", region="eu-south-1"),
    ),
)
def node_type(cache: Subject) -> Iterator[Problem]:
    """The region has nodes of that type."""
    size = cache.properties.get("size")
    yield from machine_sizes.findings("elasticache", size, cache.region, "size")


def _node_type(cache: Subject) -> str:
    size = cache.text("size") or ""
    return machine_types.neutral_sizes("elasticache", cache.region).get(size, size)


@rule(
    "aws-cache/version-of-node-type",
    limit="Graviton nodes run redis from 5.0.6 and memcached from 1.5.16; data tiering (r6gd) "
    "needs redis 6.2 or valkey.",
    source=f"{_GUIDE}/CacheNodes.SupportedTypes.html",
    accepted=(
        Example({"engine": "redis", "version": "4.0.10", "size": "cache.t3.small"}),
        Example({"engine": "redis", "version": "6.2", "size": "cache.r6gd.xlarge"}),
    ),
    refused=(
        Example({"engine": "redis", "version": "4.0.10", "size": "small"}, "/version"),
        Example({"engine": "redis", "version": "6.0", "size": "cache.r6gd.xlarge"}, "/version"),
        Example({"engine": "memcached", "size": "cache.r6gd.xlarge"}, "/size"),
    ),
)
def version_of_node_type(cache: Subject) -> Iterator[Problem]:
    """The engine's version runs on the nodes' processor and disks."""
    engine, node, given = cache.properties["engine"], _node_type(cache), cache.text("version")
    tiered = node.startswith("cache.r6gd.")
    if tiered and engine == "memcached":
        yield Problem.error(
            ("size",), f"{node} keeps data on disks, which memcached cannot: take r7g."
        )
        return
    first = (_FIRST_TIERED if tiered else _FIRST_ON_ARM).get(engine)
    if not given or versions.cache_fault(engine, given):
        return  # no such version: another rule says so
    if first and machine_types.is_arm(node) and versions.numbers(given) < first:
        needed = ".".join(map(str, first))
        message = f"{node} needs {engine} {needed} or newer: take that, or an x86 node."
        yield Problem.error(("version",), message)


@rule(
    "aws-cache/token-without-tls",
    limit="AUTH tokens need encryption in transit.",
    source=f"{_GUIDE}/auth.html",
    accepted=(Example({"engine": "redis", "auth_token": {"ref": "token"}}),),
    refused=(
        Example(
            {"engine": "redis", "auth_token": {"ref": "token"}, "encrypted_in_transit": False},
            "/auth_token",
        ),
    ),
)
def token_without_tls(cache: Subject) -> Iterator[Problem]:
    """A token is sent over TLS only."""
    if "auth_token" in cache.properties and cache.is_off("encrypted_in_transit"):
        message = 'A token is sent over TLS only: set "encrypted_in_transit" to true.'
        yield Problem.error(("auth_token",), message)


@rule(
    "aws-cache/memcached-tls",
    limit="Memcached speaks TLS from version 1.6.12.",
    source=f"{_GUIDE}/in-transit-encryption-mc.html",
    accepted=(
        Example({"engine": "memcached", "version": "1.6.12"}),
        Example({"engine": "memcached", "version": "1.5.16", "encrypted_in_transit": False}),
    ),
    refused=(Example({"engine": "memcached", "version": "1.5.16"}, "/version"),),
)
def memcached_tls(cache: Subject) -> Iterator[Problem]:
    """The version can encrypt in transit, if that is asked for."""
    engine, given = cache.properties["engine"], cache.text("version")
    first = _FIRST_WITH_TLS.get(engine)
    if not given or versions.cache_fault(engine, given):
        return  # no such version: another rule says so
    if first and cache.is_on("encrypted_in_transit") and versions.numbers(given) < first:
        message = (
            "Memcached encrypts in transit from version 1.6.12: take that or a newer one, or set "
            '"encrypted_in_transit" to false.'
        )
        yield Problem.error(("version",), message)


RULES = (
    version,
    node_type,
    version_of_node_type,
    token_without_tls,
    memcached_tls,
)

LIMITS = (
    Limit("cache", "A replication group has one primary and at most five replicas.", "the type"),
    Limit("cache", "Automatic failover needs two nodes or more.", "the type"),
    Limit("cache", "Multi-AZ needs subnets in two zones.", "the type"),
    Limit("cache", "Memcached clusters have at most 40 nodes (a quota).", "the type"),
    Limit("cache", "Snapshots are kept for 0 to 35 days; memcached has none.", "the type"),
    Limit("cache", "Memcached knows no AUTH tokens.", "the type"),
    Limit("cache", "AUTH tokens have 16 to 128 characters.", "the type of secrets"),
    Limit(
        "cache",
        "AUTH tokens are printable ASCII; of punctuation only ! & # $ ^ < > - is allowed.",
        "the generated code: made-up secrets hold no other punctuation",
    ),
    Limit(
        "cache",
        "Characters and length of a token that a variable holds.",
        "nothing: a secret is never known before it is used",
    ),
    Limit("cache", "Names have at most 40 characters (memcached: 50).", "the generated names"),
    Limit("cache", "Nodes per region are a quota.", "nothing: accounts differ"),
)
