from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Problem

from . import compute_instance, fields, machines
from .base import Attribute, ComponentType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_NODES = 450
FEWEST_ZONES = 2  # the control plane spans zones

_NODE_GROUP = fields.record(
    "Equal machines that run containers.",
    {
        "name": fields.text(
            "Its name within the cluster.",
            max_length=40,
            pattern="^[a-z][a-z0-9-]*$",
            literal=True,
        ),
        "size": machines.size("The machines' size", default="medium"),
        "min": fields.integer("Fewest machines.", minimum=0, maximum=MOST_NODES, default=1),
        "max": fields.integer("Most machines.", minimum=1, maximum=MOST_NODES, default=3),
        "desired": fields.integer(
            "Machines at the start; without it, the fewest.", minimum=0, maximum=MOST_NODES
        ),
        "disk_gb": fields.integer(
            "Size of each machine's disk, in GiB.", minimum=20, maximum=16384, default=50
        ),
        "spot": fields.flag(
            "Whether to use spare machines, cheaper and taken away at short notice.",
            default=False,
        ),
        "labels": fields.mapping(
            "Labels that Kubernetes puts on the machines.",
            fields.text(
                "A label's value.", max_length=63, min_length=0, pattern="^[A-Za-z0-9._-]*$"
            ),
            names={
                "description": "Letters, digits, dots, slashes, hyphens and underscores.",
                "pattern": "^[a-zA-Z0-9][a-zA-Z0-9./_-]{0,126}$",
            },
            max_items=20,
        ),
    },
    required=["name"],
)

_DNS_LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_POD_ROLE = fields.record(
    "A role for the pods of one service account.",
    {
        "namespace": fields.text(
            "The namespace that it is in.",
            max_length=63,
            pattern=f"^{_DNS_LABEL}$",
            examples=["shop"],
            literal=True,
        ),
        "service_account": fields.text(
            "Its name.",
            max_length=253,
            pattern=f"^{_DNS_LABEL}([.]{_DNS_LABEL})*$",
            examples=["orders"],
            literal=True,
        ),
        "role": fields.component("The role.", "role", where={"trusted_service": "container_pod"}),
    },
    required=["namespace", "service_account", "role"],
)


def check_pod_roles(properties: Mapping[str, Any]) -> Iterator[Problem]:
    """A service account has one role."""
    seen: set[tuple[str, str]] = set()
    for index, given in enumerate(properties["pod_roles"]):
        account = given["namespace"], given["service_account"]
        if account in seen:
            message = "This service account has a role already: give that one all rights."
            yield Problem.error(("pod_roles", index, "service_account"), message)
        seen.add(account)


def check_node_groups(properties: Mapping[str, Any]) -> Iterator[Problem]:
    """Node groups have names of their own and room for what they want."""
    names: set[str] = set()
    for index, group in enumerate(properties["node_groups"]):
        if group["name"] in names:
            message = f"Another node group is named {group['name']!r} already."
            yield Problem.error(("node_groups", index, "name"), message)
        names.add(group["name"])
        yield from machines.capacity_findings(group, ("node_groups", index))


def check_endpoint(properties: Mapping[str, Any]) -> Iterator[Problem]:
    """A public endpoint says for whom; a private one has no list."""
    is_open, has_list = properties["public_endpoint"], "public_cidrs" in properties
    if is_open and not has_list:
        message = 'A public endpoint needs "public_cidrs", the address blocks that may use it.'
        yield Problem.error(("public_endpoint",), message)
    if has_list and not is_open:
        message = 'Without a public endpoint nobody needs this list: set "public_endpoint" to true.'
        yield Problem.error(("public_cidrs",), message)


TYPE = ComponentType(
    name="container_cluster",
    title="Container cluster",
    category="containers",
    description="A managed Kubernetes cluster with its node groups and the roles these need.",
    schema=fields.properties(
        {
            "version": fields.text(
                "The Kubernetes version; without it, the one the cloud prefers.",
                max_length=4,
                pattern="^1[.][0-9]{2}$",
                examples=["1.35"],
            ),
            "subnets": fields.components(
                "The subnets it stands in: two or more, in different zones.",
                "subnet",
                min_items=FEWEST_ZONES,
            ),
            "firewalls": fields.components(
                "Further firewalls in front of the control plane.", "firewall", max_items=4
            ),
            "public_endpoint": fields.flag(
                "Whether the control plane can be reached from the internet.", default=False
            ),
            "public_cidrs": fields.address_blocks(
                "Address blocks that may use the public endpoint.", max_items=40
            ),
            "encrypted_secrets": fields.flag(
                "Whether Kubernetes secrets are encrypted with a key of their own.", default=True
            ),
            "control_plane_logs": fields.flag(
                "Whether the control plane's logs, audit included, are kept.", default=True
            ),
            "log_days": fields.log_days("Days that these logs are kept.", default=90),
            "administrators": fields.listing(
                "Users and roles of the cloud that administer it, by their full names, beside "
                "whoever makes it.",
                fields.text(
                    "A user or role.",
                    max_length=2048,
                    pattern="^arn:[a-z-]+:iam::[0-9]{12}:(user|role)/[!-~]+$",
                    examples=["arn:aws:iam::111122223333:role/platform"],
                ),
                max_items=20,
                default=(),
            ),
            "pod_roles": fields.listing(
                "The roles that its pods act in, beside that of the nodes.",
                _POD_ROLE,
                max_items=100,
                default=(),
            ),
            "node_role": fields.component(
                "The role that its machines act in; without it, one of their own.",
                "role",
                where={"trusted_service": "container_node"},
            ),
            "node_groups": fields.listing(
                "The machines that run containers.", _NODE_GROUP, min_items=1, max_items=20
            ),
        },
        required=["subnets", "node_groups"],
        example={
            "version": "1.35",
            "subnets": [{"ref": "app-a"}, {"ref": "app-b"}],
            "node_groups": [{"name": "general", "size": "large", "min": 2, "max": 6}],
        },
    ),
    attributes=(
        Attribute("id", "string", "The cloud's id of the cluster."),
        Attribute("name", "string", "Its name in the cloud."),
        Attribute("arn", "string", "Its full name within the cloud."),
        Attribute("endpoint", "string", "The URL of its API server."),
        Attribute("firewall_id", "string", "The firewall that its control plane and nodes share."),
        Attribute("identity_issuer", "string", "Who issues the tokens of its pods."),
        Attribute(
            "identity_provider", "string", "The full name of what trusts those tokens, for roles."
        ),
        Attribute(
            "certificate_authority", "string", "The certificate its API server is signed by."
        ),
    ),
    clouds={
        "aws": "aws_eks_cluster, aws_eks_node_group",
        "azure": "azurerm_kubernetes_cluster",
        "google": "google_container_cluster, google_container_node_pool",
    },
    relations=compute_instance.TYPE.relations,
    checks=(check_node_groups, check_pod_roles, check_endpoint),
    zones=lambda _: FEWEST_ZONES,
)
