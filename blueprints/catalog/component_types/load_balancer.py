from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Problem

from . import fields
from .base import Attribute, ComponentType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROTOCOLS = {"application": ("http", "https"), "network": ("tcp", "tls", "udp")}
ENCRYPTED = ("https", "tls")
LAST_PORT = 65535

_LISTENER = fields.record(
    "A port that takes requests.",
    {
        "port": fields.integer(
            "The port that clients use.", minimum=1, maximum=LAST_PORT, literal=True
        ),
        "protocol": fields.choice(
            "http or https on an application load balancer; tcp, tls or udp on a network one.",
            *PROTOCOLS["application"],
            *PROTOCOLS["network"],
        ),
        "target_port": fields.integer(
            "The port of the targets; without it, the same port.",
            minimum=1,
            maximum=LAST_PORT,
            literal=True,
        ),
        "certificate": fields.text(
            "The cloud's id of the certificate that https and tls show.",
            max_length=2048,
            pattern="^[A-Za-z0-9][A-Za-z0-9._:/-]*$",
            examples=["arn:aws:acm:us-east-1:111122223333:certificate/12345678"],
        ),
        "redirect_to_https": fields.flag(
            "Send http requests to port 443 with https instead of to the targets.", default=False
        ),
    },
    required=["port", "protocol"],
)

_HEALTH_CHECK = fields.record(
    "How to find out whether a target can take requests.",
    {
        "path": fields.text(
            "Path of an HTTP check. Default: / for http and https listeners; a TCP connection for "
            "the others.",
            max_length=1024,
            pattern="^/[!-~]*$",
        ),
        "interval_seconds": fields.integer(
            "Seconds between two checks.", minimum=5, maximum=300, default=30
        ),
        "timeout_seconds": fields.integer(
            "Seconds to wait for an answer; less than the interval.",
            minimum=2,
            maximum=120,
            default=5,
        ),
        "healthy_threshold": fields.integer(
            "Good answers in a row that make a target healthy.", minimum=2, maximum=10, default=3
        ),
        "unhealthy_threshold": fields.integer(
            "Bad answers in a row that make it unhealthy.", minimum=2, maximum=10, default=3
        ),
    },
)


def check_listeners(properties: Mapping[str, Any]) -> Iterator[Problem]:
    """Listeners fit the kind of load balancer, and each port is used once."""
    ports: set[int] = set()
    for index, listener in enumerate(properties["listeners"]):
        for message in _listener_faults(listener, properties["type"]):
            yield Problem.error(("listeners", index), message)
        if listener["port"] in ports:
            message = f"Port {listener['port']} has a listener already."
            yield Problem.error(("listeners", index, "port"), message)
        ports.add(listener["port"])


def _listener_faults(listener: Mapping[str, Any], kind: str) -> Iterator[str]:
    protocol = listener["protocol"]
    if protocol not in PROTOCOLS[kind]:
        yield f"Load balancers of type {kind} speak {' or '.join(PROTOCOLS[kind])}, not {protocol}."
    if protocol in ENCRYPTED and "certificate" not in listener:
        yield f'Protocol {protocol} needs a "certificate".'
    if protocol not in ENCRYPTED and "certificate" in listener:
        yield f"Protocol {protocol} shows no certificate: use https or tls, or remove it."
    if listener["redirect_to_https"] and protocol != "http":
        yield f"Only an http listener can redirect to https; this one is {protocol}."


def zones(properties: Mapping[str, Any]) -> int:
    """An application load balancer spans two zones or more."""
    return 2 if properties["type"] == "application" else 1


def check_health_check(properties: Mapping[str, Any]) -> Iterator[Problem]:
    """A check ends before the next one starts."""
    health = properties.get("health_check", {})
    timeout, interval = health.get("timeout_seconds"), health.get("interval_seconds")
    if isinstance(timeout, int) and isinstance(interval, int) and timeout >= interval:
        message = f"The time-out of {timeout} s must be shorter than the interval of {interval} s."
        yield Problem.error(("health_check", "timeout_seconds"), message)


TYPE = ComponentType(
    name="load_balancer",
    title="Load balancer",
    category="networking",
    description="One address that spreads requests over many machines.",
    schema=fields.properties(
        {
            "subnets": fields.components(
                "The subnets it stands in; an application load balancer needs two zones.",
                "subnet",
                min_items=1,
            ),
            "firewalls": fields.components(
                "The firewalls in front of it.", "firewall", max_items=5
            ),
            "type": fields.choice(
                "application understands http requests; network passes connections on.",
                *PROTOCOLS,
                default="application",
            ),
            "internal": fields.flag(
                "Whether only the network reaches it, not the internet.", default=False
            ),
            "listeners": fields.listing(
                "The ports that take requests.", _LISTENER, min_items=1, max_items=50
            ),
            "targets": fields.components(
                "Machines that get the requests; autoscaling groups attach themselves.",
                "compute_instance",
                max_items=100,
            ),
            "health_check": _HEALTH_CHECK | {"default": {}},
            "idle_timeout_seconds": fields.integer(
                "Seconds after which a silent connection is closed.",
                minimum=1,
                maximum=4000,
                default=60,
            ),
            "deletion_protection": fields.flag(
                "Whether the cloud refuses to delete it.", default=False, literal=False
            ),
        },
        required=["subnets", "listeners"],
        example={
            "subnets": [{"ref": "public-a"}, {"ref": "public-b"}],
            "listeners": [{"port": 80, "protocol": "http", "target_port": 8080}],
        },
    ),
    attributes=(
        Attribute("id", "string", "The cloud's id of the load balancer."),
        Attribute("arn", "string", "Its full name within the cloud."),
        Attribute("dns_name", "string", "The name that clients use."),
        Attribute("zone_id", "string", "The DNS zone its name belongs to."),
    ),
    clouds={
        "aws": "aws_lb, aws_lb_listener, aws_lb_target_group",
        "azure": "azurerm_application_gateway or azurerm_lb",
        "google": "google_compute_forwarding_rule, google_compute_backend_service",
    },
    relations={
        "routes_to": ("autoscaling_group", "compute_instance", "function"),
        "connects_to": ("autoscaling_group", "compute_instance"),
    },
    checks=(check_listeners, check_health_check),
    zones=zones,
)
