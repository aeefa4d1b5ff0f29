"""What services of data and names take and is a mistake all the same: warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.clouds.aws import versions
from blueprints.catalog.documents.cloud_rules.rule import Example, rule
from blueprints.catalog.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blueprints.catalog.documents.cloud_rules.context import Subject

GATEWAY_SECONDS = 30
# The last series whose standard support ended; what is newer than it has some left.
_LAST_IN_EXTENDED_SUPPORT = {"postgres": (13,), "mysql": (8, 0)}
_LAST_KUBERNETES_IN_EXTENDED_SUPPORT = (1, 33)


_FRONT = {
    "id": "front",
    "type": "load_balancer",
    "properties": {
        "subnets": [{"ref": "public-a"}, {"ref": "public-b"}],
        "listeners": [{"port": 80, "protocol": "http"}],
    },
}


@rule(
    "aws-database/extended-support",
    limit="Series past their standard support cost extra for each hour: postgres to 13, mysql to "
    "8.0.",
    source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html",
    accepted=(
        Example({"engine": "postgres", "version": "14"}),
        Example({"engine": "mysql", "version": "8.4"}),
        Example({"engine": "mariadb", "version": "10.6"}),
    ),
    refused=(
        Example({"engine": "postgres", "version": "13.20"}, "/version"),
        Example({"engine": "mysql", "version": "8.0"}, "/version"),
    ),
    severity="warning",
)
def extended_support(database: Subject) -> Iterator[Problem]:
    """The version costs no more than the server."""
    engine, given = database.properties["engine"], database.text("version")
    last = _LAST_IN_EXTENDED_SUPPORT.get(engine)
    if not given or last is None or versions.database_fault(engine, given):
        return
    if versions.numbers(given)[: len(last)] <= last:
        message = f"The standard support of {engine} {given} ended: AWS charges extra for it."
        yield Problem.warning(
            ("version",), message, fix="Take a newer version, after a test of the upgrade."
        )


@rule(
    "aws-container-cluster/extended-support",
    limit="Kubernetes versions cost six times as much 14 months after their release.",
    source="https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html",
    accepted=(Example({"version": "1.34"}), Example({})),
    refused=(Example({"version": "1.33"}, "/version"),),
    severity="warning",
)
def kubernetes_extended_support(cluster: Subject) -> Iterator[Problem]:
    """The version costs no more than the cluster."""
    given = cluster.text("version")
    if given and versions.numbers(given) <= _LAST_KUBERNETES_IN_EXTENDED_SUPPORT:
        message = f"The standard support of Kubernetes {given} ended: AWS charges extra for it."
        yield Problem.warning(("version",), message, fix="Take a newer version, one at a time.")


@rule(
    "aws-object-storage/locked-public",
    limit="Anonymous readers cannot read what is encrypted with a key of KMS.",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
    accepted=(
        Example({"public_access": True}),
        Example({"encryption": "own_key"}),
    ),
    refused=(Example({"public_access": True, "encryption": "own_key"}, "/public_access"),),
    severity="warning",
)
def locked_public(storage: Subject) -> Iterator[Problem]:
    """What is public can be read."""
    if storage.is_on("public_access") and storage.text("encryption") == "own_key":
        message = "Nobody can read the public objects: readers without an account have no key."
        fix = 'Set "encryption" to provider_key, or "public_access" to false.'
        yield Problem.warning(("public_access",), message, fix=fix)


@rule(
    "aws-dns-zone/no-ipv6",
    limit="Load balancers have no IPv6 addresses here, so an AAAA record for one is empty.",
    source="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/"
    "application-load-balancers.html#ip-address-type",
    accepted=(
        Example(
            {"records": [{"name": "www", "type": "A", "alias": {"ref": "front"}}]},
            beside=(_FRONT,),
        ),
    ),
    refused=(
        Example(
            {"records": [{"name": "www", "type": "AAAA", "alias": {"ref": "front"}}]},
            "/records/0/type",
            beside=(_FRONT,),
        ),
    ),
    severity="warning",
)
def no_ipv6(zone: Subject) -> Iterator[Problem]:
    """Names lead to addresses."""
    for index, record in enumerate(zone.listed("records")):
        if record["type"] == "AAAA" and "alias" in record:
            message = "The load balancer has no IPv6 address, so the record stands for nothing."
            yield Problem.warning(
                ("records", index, "type"), message, fix="Make it a record of type A."
            )


@rule(
    "aws-function/gateway-timeout",
    limit="The gateway before a public function answers after 30 s at the latest.",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html",
    accepted=(
        Example({"url": "public", "timeout_seconds": 30}),
        Example({"url": "private", "timeout_seconds": 60}),
    ),
    refused=(Example({"url": "public", "timeout_seconds": 31}, "/timeout_seconds"),),
    severity="warning",
)
def gateway_timeout(function: Subject) -> Iterator[Problem]:
    """Who calls gets the answer, not an error while the function still runs."""
    timeout = function.number("timeout_seconds")
    if function.properties["url"] == "public" and timeout is not None and timeout > GATEWAY_SECONDS:
        message = f"Callers get an error after {GATEWAY_SECONDS} s, while the function goes on."
        fix = f"Set it to {GATEWAY_SECONDS} or less, or hand long work to a queue."
        yield Problem.warning(("timeout_seconds",), message, fix=fix)


_LOOP = (
    {"from": "it", "to": "inbox", "type": "writes_to"},
    {"from": "inbox", "to": "it", "type": "triggers"},
)
_INBOX: dict[str, Any] = {"id": "inbox", "type": "object_storage"}
_OUTBOX: dict[str, Any] = {"id": "outbox", "type": "object_storage"}
_JOBS: dict[str, Any] = {"id": "inbox", "type": "queue"}


@rule(
    "aws-function/event-loop",
    limit="A function that writes where its events come from calls itself for ever.",
    source="https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html",
    accepted=(
        Example(
            {},
            beside=(_INBOX, _OUTBOX),
            relations=({"from": "it", "to": "outbox", "type": "writes_to"}, _LOOP[1]),
        ),
        Example({}, beside=(_INBOX,), relations=_LOOP[:1]),
    ),
    refused=(
        Example({}, beside=(_INBOX,), relations=_LOOP),
        Example({}, beside=(_JOBS,), relations=_LOOP),
    ),
    severity="warning",
)
def event_loop(function: Subject) -> Iterator[Problem]:
    """What a function writes does not call it again."""
    writer = function.target("role") or function
    written = {target.id for _, target in writer.targets("writes")}
    for source in _event_sources(function):
        if source.id in written:
            message = f"What the function writes to {source.id} calls it again, and so for ever."
            fix = "Write to another bucket or queue, or take the right or the trigger away."
            yield Problem.warning((), message, fix=fix)


def _event_sources(function: Subject) -> Iterator[Subject]:
    for trigger in function.listed("queues"):
        if queue := function.context.at(trigger["queue"]):
            yield queue
    yield from function.context.naming(function, "object_storage", "notifies")


RULES = (
    event_loop,
    extended_support,
    kubernetes_extended_support,
    locked_public,
    no_ipv6,
    gateway_timeout,
)
