from __future__ import annotations

from . import fields, machines
from .base import Attribute, ComponentType

CONNECTS_TO = (
    "cache",
    "compute_instance",
    "container_cluster",
    "database",
    "load_balancer",
)
READS_FROM = ("cache", "database", "object_storage", "queue", "secret")
WRITES_TO = ("cache", "database", "object_storage", "queue")

TYPE = ComponentType(
    name="compute_instance",
    title="Compute instance",
    category="compute",
    description="One virtual machine.",
    schema=fields.properties(
        {
            "subnet": fields.component("The subnet it stands in.", "subnet"),
            **machines.machine_properties(),
            "termination_protection": fields.flag(
                "Whether the cloud refuses to delete it.", default=False, literal=False
            ),
        },
        required=["subnet"],
        example={"subnet": {"ref": "app-a"}, "firewalls": [{"ref": "app"}], "size": "medium"},
    ),
    attributes=(
        Attribute("id", "string", "The cloud's id of the machine."),
        Attribute("arn", "string", "Its full name within the cloud."),
        Attribute("private_ip", "string", "Its address in the subnet."),
        Attribute("public_ip", "string", "Its public address, empty without one."),
    ),
    clouds={
        "aws": "aws_instance",
        "azure": "azurerm_linux_virtual_machine",
        "google": "google_compute_instance",
    },
    relations={
        "connects_to": CONNECTS_TO,
        "reads_from": READS_FROM,
        "writes_to": WRITES_TO,
    },
)
