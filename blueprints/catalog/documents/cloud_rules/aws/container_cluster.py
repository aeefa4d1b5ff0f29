"""EKS."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any

from blueprints.catalog.documents.cloud_rules.rule import Example, Limit, rule
from blueprints.catalog.problems import Problem, quoted

from . import machine_sizes
from .networks import without_dns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents.cloud_rules.context import Subject

_GUIDE = "https://docs.aws.amazon.com/eks/latest/userguide"
# 14 months of standard and 12 of extended support: 1.31 ended on 26 November 2026.
OLDEST_VERSION = (1, 32)
_RESERVED_LABELS = ("kubernetes.io", "k8s.io", "eks.amazonaws.com")
_OPEN_LABELS = ("kubelet.kubernetes.io", "node.kubernetes.io")
_LABEL = re.compile(r"(?:(?P<prefix>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)/)?(?P<name>[^/]+)")
_LABEL_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_SECRET_BLOCKS = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
)


def _group(**members: Any) -> dict[str, Any]:
    return {"node_groups": [{"name": "general", **members}]}


@rule(
    "aws-container-cluster/version",
    limit="Kubernetes versions are supported for 26 months.",
    source=f"{_GUIDE}/kubernetes-versions.html",
    accepted=(Example({"version": "1.34"}), Example({"version": "1.40"})),
    refused=(Example({"version": "1.31"}, "/version"),),
)
def version(cluster: Subject) -> Iterator[Problem]:
    """EKS still makes clusters of that version."""
    given = cluster.text("version")
    if given and tuple(map(int, given.split("."))) < OLDEST_VERSION:
        oldest = ".".join(map(str, OLDEST_VERSION))
        message = f"EKS makes no clusters of {given} any more: take {oldest} or newer."
        yield Problem.error(("version",), message)


@rule(
    "aws-container-cluster/node-type",
    limit="Instance types are EC2's own, and not every region has each.",
    source=f"{_GUIDE}/choosing-instance-type.html",
    accepted=(Example(_group(size="m7g.large")),),
    refused=(
        Example(_group(size="e2-standard-2"), "/node_groups/0/size"),
        Example(_group(size="t3.16xlarge"), "/node_groups/0/size"),
    ),
)
def node_type(cluster: Subject) -> Iterator[Problem]:
    """The region has machines of that type."""
    for index, group in enumerate(cluster.listed("node_groups")):
        place = ("node_groups", index, "size")
        yield from machine_sizes.findings("ec2", group["size"], cluster.region, *place)


@rule(
    "aws-container-cluster/label",
    limit="Labels of nodes have no prefix of Kubernetes or EKS itself; names have at most 63 "
    "characters.",
    source="https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/"
    "#noderestriction",
    accepted=(
        Example(_group(labels={"team": "web", "example.com/tier": "front"})),
        Example(_group(labels={"kubernetes.io.example.com/x": "y"})),
        Example(_group(labels={"node.kubernetes.io/pool": "y"})),
    ),
    refused=(
        Example(
            _group(labels={"node-role.kubernetes.io/worker": "true"}),
            "/node_groups/0/labels/node-role.kubernetes.io~1worker",
        ),
        Example(
            _group(labels={"eks.amazonaws.com/x": "y"}),
            "/node_groups/0/labels/eks.amazonaws.com~1x",
        ),
        Example(_group(labels={"a/b/c": "y"}), "/node_groups/0/labels/a~1b~1c"),
    ),
)
def label(cluster: Subject) -> Iterator[Problem]:
    """Kubernetes takes the labels, and lets nodes give them to themselves."""
    for index, group in enumerate(cluster.listed("node_groups")):
        for name in group["labels"]:
            if message := _label_fault(name):
                yield Problem.error(("node_groups", index, "labels", name), message)


def _label_fault(name: str) -> str:
    parts = _LABEL.fullmatch(name)
    if parts is None or not _LABEL_NAME.fullmatch(parts["name"]):
        return (
            f"{quoted(name)} is no label of Kubernetes: a name of at most 63 characters, and a "
            "domain and a slash before it if need be."
        )
    prefix = f".{parts['prefix'] or ''}"
    if any(prefix.endswith(f".{word}") for word in _OPEN_LABELS):
        return ""
    taken = [word for word in _RESERVED_LABELS if prefix.endswith(f".{word}")]
    if taken:
        return f"Labels of {taken[0]} are reserved: take a domain of your own, or none."
    return ""


@rule(
    "aws-container-cluster/public-block",
    limit="Blocks that may use the public endpoint are public IPv4 blocks.",
    source=f"{_GUIDE}/cluster-endpoint.html",
    accepted=(Example({"public_endpoint": True, "public_cidrs": ["203.0.113.0/24"]}),),
    refused=(
        Example({"public_endpoint": True, "public_cidrs": ["10.0.0.0/8"]}, "/public_cidrs/0"),
        Example(
            {"public_endpoint": True, "public_cidrs": ["203.0.113.0/24", "2001:db8::/32"]},
            "/public_cidrs/1",
        ),
    ),
)
def public_block(cluster: Subject) -> Iterator[Problem]:
    """Addresses come from where they can reach a public endpoint."""
    for index, text in enumerate(cluster.listed("public_cidrs")):
        if not isinstance(text, str):
            continue
        block = ipaddress.ip_network(text)
        if isinstance(block, ipaddress.IPv6Network):
            message = f"{text} is IPv6, and clusters here are reached by IPv4: take IPv4 blocks."
            yield Problem.error(("public_cidrs", index), message)
        elif any(block.subnet_of(ipaddress.IPv4Network(secret)) for secret in _SECRET_BLOCKS):
            message = (
                f"{text} is private, and nobody comes from there over the internet: take the "
                'public addresses, or set "public_endpoint" to false.'
            )
            yield Problem.error(("public_cidrs", index), message)


@rule(
    "aws-container-cluster/network-dns",
    limit="The private endpoint needs a network with DNS names and resolution.",
    source=f"{_GUIDE}/cluster-endpoint.html",
    accepted=(Example({}),),
    refused=(Example({"subnets": [{"ref": "mute-a"}, {"ref": "mute-b"}]}, "/subnets"),),
)
def network_dns(cluster: Subject) -> Iterator[Problem]:
    """Nodes find the control plane by its name."""
    for _, subnet in cluster.targets("subnets"):
        network = subnet.target("network")
        if network is not None and without_dns(network):
            message = (
                f'Nodes find the cluster by DNS: set "dns" of the network {network.id} to true.'
            )
            yield Problem.error(("subnets",), message)
            return


@rule(
    "aws-container-cluster/public-subnet",
    limit="Nodes in a public subnet need public addresses, which its subnets do not give.",
    source=f"{_GUIDE}/network-reqs.html",
    accepted=(Example({"subnets": [{"ref": "private-a"}, {"ref": "private-b"}]}),),
    refused=(
        Example({"subnets": [{"ref": "public-a"}, {"ref": "private-b"}]}, "/subnets/0"),
        Example({"subnets": [{"ref": "private-a"}, {"ref": "public-b"}]}, "/subnets/1"),
    ),
)
def public_subnet(cluster: Subject) -> Iterator[Problem]:
    """Nodes stand in private subnets: EKS refuses others that give no public addresses."""
    for index, subnet in cluster.targets("subnets"):
        if subnet.is_on("public"):
            message = (
                f"{subnet.id} is public, and nodes get no public address: name private subnets, "
                "and give their network a NAT gateway."
            )
            yield Problem.error(("subnets", index), message)


RULES = (
    version,
    node_type,
    label,
    public_block,
    network_dns,
    public_subnet,
)

LIMITS = (
    Limit("container_cluster", "Subnets in two zones or more.", "the type"),
    Limit("container_cluster", "Node groups: 0 to 450 nodes, min ≤ desired ≤ max.", "the type"),
    Limit("container_cluster", "Names of node groups are unique in a cluster.", "the type"),
    Limit("container_cluster", "At most 40 blocks for the public endpoint.", "the type"),
    Limit("container_cluster", "Names have at most 100 characters.", "the generated names"),
    Limit(
        "container_cluster",
        "Some zones, such as use1-az3, have no EKS.",
        "nothing: which letter such a zone has differs between accounts",
    ),
    Limit("container_cluster", "100 clusters in a region (a quota).", "nothing: accounts differ"),
)
