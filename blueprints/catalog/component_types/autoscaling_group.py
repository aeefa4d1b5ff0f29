from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Problem

from . import compute_instance, fields, machines
from .base import Attribute, ComponentType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_MACHINES = 1000


def check_capacity(properties: Mapping[str, Any]) -> Iterator[Problem]:
    """The smallest size is at most the wanted one, and that at most the largest."""
    yield from machines.capacity_findings(properties)


def check_health(properties: Mapping[str, Any]) -> Iterator[Problem]:
    """Health can be judged by a load balancer only if there is one."""
    if properties["health_check"] == "load_balancer" and "load_balancer" not in properties:
        message = 'Health is judged by the load balancer: name it in "load_balancer".'
        yield Problem.error(("health_check",), message)


TYPE = ComponentType(
    name="autoscaling_group",
    title="Autoscaling group",
    category="compute",
    description="Equal virtual machines whose number follows the load.",
    schema=fields.properties(
        {
            "subnets": fields.components(
                "The subnets its machines are spread over.", "subnet", min_items=1
            ),
            **machines.machine_properties(),
            "min": fields.integer("Fewest machines.", minimum=0, maximum=MOST_MACHINES, default=1),
            "max": fields.integer("Most machines.", minimum=1, maximum=MOST_MACHINES, default=3),
            "desired": fields.integer(
                "Machines at the start; without it, the fewest.",
                minimum=0,
                maximum=MOST_MACHINES,
            ),
            "load_balancer": fields.component(
                "The load balancer that sends requests to its machines.",
                "load_balancer",
                managed=True,  # requests go to target groups, which belong to its making
            ),
            "health_check": fields.choice(
                "Who says that a machine is ill and must be replaced.",
                "instance",
                "load_balancer",
                default="instance",
            ),
            "health_check_grace_seconds": fields.integer(
                "Seconds after a start in which a machine is not judged.",
                minimum=0,
                maximum=7200,
                default=300,
            ),
            "cpu_target_percent": fields.integer(
                "Add and remove machines to keep the average CPU load near this.",
                minimum=10,
                maximum=95,
            ),
        },
        required=["subnets"],
        example={"subnets": [{"ref": "app-a"}, {"ref": "app-b"}], "min": 2, "max": 6},
    ),
    attributes=(
        Attribute("id", "string", "The cloud's id of the group."),
        Attribute("name", "string", "Its name in the cloud."),
        Attribute("arn", "string", "Its full name within the cloud."),
    ),
    clouds={
        "aws": "aws_autoscaling_group, aws_launch_template",
        "azure": "azurerm_linux_virtual_machine_scale_set",
        "google": "google_compute_region_instance_group_manager",
    },
    relations=compute_instance.TYPE.relations,
    checks=(check_capacity, check_health),
)
