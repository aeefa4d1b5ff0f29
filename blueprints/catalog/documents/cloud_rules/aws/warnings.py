"""What AWS takes and is a mistake all the same: warnings, for every component type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.documents.cloud_rules.rule import Example, rule
from blueprints.catalog.problems import Problem

from .networks import without_dns, without_gateway

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents.cloud_rules.context import Subject

ADVISED_FACTOR = 6  # visibility time-out by the time-out of the function
_DATABASES = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide"
_LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg"
#: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
ENDED_RUNTIMES = {"nodejs20": "2026-04-30", "dotnet8": "2026-11-10"}
_SMALLEST_NODES = frozenset({"micro", "t2.nano", "t2.micro", "t3.nano", "t3.micro", "t3a.nano"})


def _queue(name: str, **properties: Any) -> dict[str, Any]:
    return {"id": name, "type": "queue", "properties": properties}


def _called(name: str) -> dict[str, Any]:
    return {"queues": [{"queue": {"ref": name}}]}


@rule(
    "aws-function/short-visibility",
    limit="AWS advises a visibility time-out of six times the function's time-out.",
    source=f"{_LAMBDA}/services-sqs-configure.html",
    accepted=(
        Example(
            {"timeout_seconds": 10, **_called("tasks")},
            beside=(_queue("tasks", visibility_timeout_seconds=60),),
        ),
    ),
    refused=(
        Example(
            {"timeout_seconds": 10, **_called("tasks")},
            "/timeout_seconds",
            beside=(_queue("tasks", visibility_timeout_seconds=59),),
        ),
    ),
    severity="warning",
)
def short_visibility(function: Subject) -> Iterator[Problem]:
    """Calls that are turned away and tried again still end before the message comes back."""
    timeout = function.number("timeout_seconds")
    for trigger in function.listed("queues"):
        queue = function.context.at(trigger["queue"])
        hidden = queue.number("visibility_timeout_seconds") if queue else None
        if queue is None or timeout is None or hidden is None:
            continue
        if timeout <= hidden < ADVISED_FACTOR * timeout:
            message = (
                f"{queue.id} gives messages out again after {hidden} s: under load, some are "
                "handled twice."
            )
            wanted = ADVISED_FACTOR * timeout
            fix = f"Set its visibility_timeout_seconds to {wanted} or more."
            yield Problem.warning(("timeout_seconds",), message, fix=fix)


@rule(
    "aws-function/ended-runtime",
    limit="Runtimes are no longer renewed after their end, and later refused for new functions.",
    source=f"{_LAMBDA}/lambda-runtimes.html",
    accepted=(Example({"runtime": "nodejs22", "handler": "index.handler"}),),
    refused=(Example({"runtime": "nodejs20", "handler": "index.handler"}, "/runtime"),),
    severity="warning",
)
def ended_runtime(function: Subject) -> Iterator[Problem]:
    """The runtime still gets corrections of its security."""
    runtime = function.properties["runtime"]
    if runtime in ENDED_RUNTIMES:
        message = f"AWS ended the support of {runtime} on {ENDED_RUNTIMES[runtime]}."
        fix = "Take a newer runtime: AWS will soon refuse new functions with this one."
        yield Problem.warning(("runtime",), message, fix=fix)


@rule(
    "aws-function/public-subnet",
    limit="Functions get no public address: in a public subnet they cannot reach the internet.",
    source=f"{_LAMBDA}/configuration-vpc-internet.html",
    accepted=(Example({"subnets": [{"ref": "private-a"}], "firewalls": [{"ref": "wall"}]}),),
    refused=(
        Example({"subnets": [{"ref": "public-a"}], "firewalls": [{"ref": "wall"}]}, "/subnets/0"),
    ),
    severity="warning",
)
def function_in_public_subnet(function: Subject) -> Iterator[Problem]:
    """Functions stand where a NAT gateway leads out."""
    for index, subnet in function.targets("subnets"):
        if subnet.is_on("public"):
            message = f"In {subnet.id}, which is public, the function reaches nothing outside."
            fix = "Name private subnets, and give their network a NAT gateway."
            yield Problem.warning(("subnets", index), message, fix=fix)


@rule(
    "aws-queue/short-retention",
    limit="Dead-letter queues keep messages as long as their sources or longer: a message's age "
    "counts from its first queue.",
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/"
    "sqs-dead-letter-queues.html",
    accepted=(
        Example(
            {"retention_seconds": 345600, "dead_letter": {"queue": {"ref": "failed"}}},
            beside=(_queue("failed", retention_seconds=1209600),),
        ),
    ),
    refused=(
        Example(
            {"retention_seconds": 345600, "dead_letter": {"queue": {"ref": "failed"}}},
            "/dead_letter/queue",
            beside=(_queue("failed", retention_seconds=3600),),
        ),
    ),
    severity="warning",
)
def short_retention(queue: Subject) -> Iterator[Problem]:
    """What could not be handled is still there when somebody looks."""
    target = queue.context.at((queue.properties.get("dead_letter") or {}).get("queue"))
    own = queue.number("retention_seconds")
    kept = target.number("retention_seconds") if target else None
    if target and own is not None and kept is not None and kept < own:
        message = (
            f"{target.id} keeps messages for {kept} s from their first arrival, and they may be "
            f"{own} s old when they get there."
        )
        fix = f"Set its retention_seconds to {own} or more."
        yield Problem.warning(("dead_letter", "queue"), message, fix=fix)


@rule(
    "aws-cache/memcached-at-rest",
    limit="Memcached does not encrypt at rest.",
    source="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/at-rest-encryption.html",
    accepted=(Example({"engine": "memcached", "encrypted": False}), Example({"engine": "redis"})),
    refused=(Example({"engine": "memcached", "encrypted": True}, "/encrypted"),),
    severity="warning",
)
def memcached_at_rest(cache: Subject) -> Iterator[Problem]:
    """Nobody believes that data is encrypted when it is not."""
    if cache.properties["engine"] == "memcached" and cache.is_on("encrypted"):
        message = "Memcached does not encrypt data at rest, whatever this says."
        fix = 'Set "encrypted" to false, or use redis or valkey.'
        yield Problem.warning(("encrypted",), message, fix=fix)


@rule(
    "aws-container-cluster/way-out",
    limit="Nodes in private subnets reach registries and AWS through a NAT gateway.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html",
    accepted=(Example({}),),
    refused=(Example({"subnets": [{"ref": "bare-a"}, {"ref": "bare-b"}]}, "/subnets"),),
    severity="warning",
)
def way_out(cluster: Subject) -> Iterator[Problem]:
    """Nodes can fetch what they need to join."""
    for _, subnet in cluster.targets("subnets"):
        network = subnet.target("network")
        if network and network.text("nat") == "none" and subnet.is_off("public"):
            message = f"Nothing leads out of {network.id}, so nodes cannot join the cluster."
            fix = 'Set "nat" of the network to single or per_zone, or add private endpoints.'
            yield Problem.warning(("subnets",), message, fix=fix)
            return


@rule(
    "aws-container-cluster/small-node",
    limit="The smallest machines have room for four pods, which the system's own fill.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html",
    accepted=(Example({"node_groups": [{"name": "general", "size": "t3.medium"}]}),),
    refused=(
        Example({"node_groups": [{"name": "general", "size": "micro"}]}, "/node_groups/0/size"),
    ),
    severity="warning",
)
def small_node(cluster: Subject) -> Iterator[Problem]:
    """Nodes have room for what should run on them."""
    for index, group in enumerate(cluster.listed("node_groups")):
        if group["size"] in _SMALLEST_NODES:
            message = f"A node of size {group['size']} has room for four pods only."
            fix = "Take medium or larger."
            yield Problem.warning(("node_groups", index, "size"), message, fix=fix)


@rule(
    "aws-database/private-address",
    limit="A public address is of use in public subnets only.",
    source=f"{_DATABASES}/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
    accepted=(
        Example({"public_access": True, "subnets": [{"ref": "public-a"}, {"ref": "public-b"}]}),
    ),
    refused=(Example({"public_access": True}, "/public_access"),),
    severity="warning",
)
def private_address(database: Subject) -> Iterator[Problem]:
    """Who should reach the database from outside can."""
    for _, subnet in database.targets("subnets"):
        network = subnet.target("network")
        if network is None or without_gateway(network) or without_dns(network):
            return  # AWS refuses that altogether
        if database.is_on("public_access") and subnet.is_off("public"):
            message = f"From {subnet.id} no route leads to the internet: the address is of no use."
            fix = 'Name public subnets, or set "public_access" to false.'
            yield Problem.warning(("public_access",), message, fix=fix)
            return


@rule(
    "aws-load-balancer/redirect",
    limit="A redirect leads to port 443, where an https listener answers.",
    source="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/"
    "load-balancer-listeners.html",
    accepted=(
        Example(
            {
                "listeners": [
                    {"port": 80, "protocol": "http", "redirect_to_https": True},
                    {
                        "port": 443,
                        "protocol": "https",
                        "certificate": "arn:aws:acm:us-east-1:111122223333:certificate/12345678",
                    },
                ]
            }
        ),
    ),
    refused=(
        Example(
            {"listeners": [{"port": 80, "protocol": "http", "redirect_to_https": True}]},
            "/listeners/0/redirect_to_https",
        ),
    ),
    severity="warning",
)
def redirect(balancer: Subject) -> Iterator[Problem]:
    """Who is sent to https finds somebody there."""
    listeners = balancer.listed("listeners")
    if any(listener["port"] == 443 and listener["protocol"] == "https" for listener in listeners):  # noqa: PLR2004 - https
        return
    for index, listener in enumerate(listeners):
        if listener["redirect_to_https"]:
            message = "Nothing listens at port 443, where this sends requests."
            fix = "Add an https listener at port 443."
            yield Problem.warning(("listeners", index, "redirect_to_https"), message, fix=fix)


@rule(
    "aws-dns-zone/unseen",
    limit="Private zones are answered only in networks with DNS names and resolution.",
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/"
    "hosted-zone-private-considerations.html",
    accepted=(Example({"domain": "corp.example", "network": {"ref": "main"}}),),
    refused=(Example({"domain": "corp.example", "network": {"ref": "mute"}}, "/network"),),
    severity="warning",
)
def unseen_zone(zone: Subject) -> Iterator[Problem]:
    """Machines in the network get answers."""
    network = zone.target("network")
    if network is not None and without_dns(network):
        message = f"The network {network.id} resolves no names, so nobody sees this zone."
        yield Problem.warning(("network",), message, fix='Set "dns" of the network to true.')


RULES = (
    short_visibility,
    ended_runtime,
    function_in_public_subnet,
    short_retention,
    memcached_at_rest,
    way_out,
    small_node,
    private_address,
    redirect,
    unseen_zone,
)
