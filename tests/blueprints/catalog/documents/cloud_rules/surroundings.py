"""A document in which a component of any type can stand, for the examples of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.blueprints.catalog.documents.builders import Json, document, part, ref

if TYPE_CHECKING:
    from typing import Any

    from blueprints.catalog.documents.cloud_rules import Example

IT = "it"


def _network(name: str, octet: int, **properties: Any) -> list[Json]:
    return [
        part(name, "network", cidr=f"10.{octet}.0.0/16", **properties),
        *(
            part(
                f"{name}-{zone}",
                "subnet",
                network=ref(name),
                cidr=f"10.{octet}.{number}.0/24",
                zone=zone,
            )
            for number, zone in enumerate("ab", start=1)
        ),
    ]


def _main() -> list[Json]:
    subnets = [
        part(
            f"{kind}-{zone}",
            "subnet",
            network=ref("main"),
            cidr=f"10.0.{number}.0/24",
            zone=zone,
            public=kind == "public",
        )
        for number, (kind, zone) in enumerate(
            [("public", "a"), ("public", "b"), ("private", "a"), ("private", "b")]
        )
    ]
    return [part("main", "network", cidr="10.0.0.0/16", nat="single"), *subnets]


MODULE = "6f1c7a52-3c1e-4d0b-9d3a-2f5b8e7a9c10"

#: A network with a way to the internet, one without ("bare"), one without DNS ("mute").
AROUND = [
    *_main(),
    *_network("bare", 1),
    *_network("mute", 2, dns=False),
    part("mute-public", "subnet", network=ref("mute"), cidr="10.2.9.0/24", zone="a", public=True),
    part("wall", "firewall", network=ref("main")),
    part("box", "object_storage"),
    part("token", "secret", generate={"length": 40}),
]
VARIABLES = {
    "password": {"type": "string", "secret": True},
    "plain": {"type": "string"},
    "n": {"type": "number"},
}
_PRIVATE = [ref("private-a"), ref("private-b")]
#: What each component type requires, and nothing that a rule might meet by accident.
REQUIRED: dict[str, Json] = {
    "autoscaling_group": {"subnets": _PRIVATE},
    "cache": {"engine": "redis", "subnets": _PRIVATE},
    "compute_instance": {"subnet": ref("private-a")},
    "container_cluster": {"subnets": _PRIVATE, "node_groups": [{"name": "general"}]},
    "database": {"engine": "postgres", "subnets": _PRIVATE, "password": {"var": "password"}},
    "dns_zone": {"domain": "example.com"},
    "firewall": {"network": ref("main")},
    "function": {
        "runtime": "python3.13",
        "handler": "app.handler",
        "source": {"bucket": ref("box"), "key": "app.zip"},
    },
    "load_balancer": {
        "subnets": [ref("public-a"), ref("public-b")],
        "listeners": [{"port": 80, "protocol": "http"}],
    },
    "module": {"blueprint": MODULE, "version": 1},
    "network": {"cidr": "10.9.0.0/16"},
    "object_storage": {},
    "queue": {},
    "raw": {"resource": "aws_sns_topic"},
    "remote_state": {"blueprint": MODULE, "version": 1},
    "role": {"trusted_service": "compute_instance"},
    "secret": {"generate": {}},
    "subnet": {"network": ref("main"), "cidr": "10.0.99.0/24"},
}


def around(component_type: str, example: Example) -> Json:
    """Put an example into a document that is valid without it."""
    beside = {component["id"]: component for component in example.beside}
    kept = [component for component in AROUND if component["id"] not in beside]
    it = part(IT, component_type, **{**REQUIRED[component_type], **example.properties})
    if example.existing is not None:
        it = {**it, "existing": example.existing, "properties": example.properties}
    variables = {**VARIABLES, **(example.variables or {})}
    return document(
        *kept,
        *beside.values(),
        it,
        variables=variables,
        region=example.region,
        relations=list(example.relations),
        modules={f"{MODULE}@1": document()},
        remote_states={f"{MODULE}@1": {"backend": {"gcs": {"bucket": "states"}}, "outputs": {}}},
    )
