from __future__ import annotations

from . import fields
from .base import ComponentType

TYPE = ComponentType(
    name="raw",
    title="Provider resource",
    category="other",
    description=(
        "One resource of the cloud's Terraform provider, in the provider's own words: for what no "
        "other type covers. Nothing is added to it, so nothing is secure by default."
    ),
    schema=fields.properties(
        {
            "resource": fields.text(
                "The provider's name of the resource type.",
                max_length=128,
                pattern="^[a-z][a-z0-9_]*$",
                examples=["aws_sns_topic"],
                literal=True,
            ),
            "arguments": fields.arguments(
                "Its arguments and nested blocks, as in Terraform's JSON syntax: a block is an "
                "object, or a list of objects where it may repeat."
            ),
        },
        required=["resource"],
        example={"resource": "aws_sns_topic", "arguments": {"display_name": "Alerts"}},
    ),
    attributes=(),
    clouds={
        "aws": "any resource type of the providers aws and random",
        "azure": "any resource type of the provider azurerm",
        "google": "any resource type of the provider google",
    },
)
