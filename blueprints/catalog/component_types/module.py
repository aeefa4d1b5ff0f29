from __future__ import annotations

from . import fields
from .base import ComponentType

TYPE = ComponentType(
    name="module",
    title="Module",
    category="other",
    description=(
        "A version of another blueprint of the tenant, with all its components: its variables are "
        "the inputs, its outputs the attributes."
    ),
    schema=fields.properties(
        {
            **fields.version("whose components it has"),
            "inputs": {
                "description": (
                    "Values of its variables, by name: what must be given, and what shall not be "
                    "as it is by default."
                ),
                "type": "object",
                "additionalProperties": True,
                "maxProperties": 200,
                "default": {},
                "x-arguments": True,
            },
        },
        required=["blueprint", "version"],
        example={
            "blueprint": "6f1c7a52-3c1e-4d0b-9d3a-2f5b8e7a9c10",
            "version": 3,
            "inputs": {"machines": 2},
        },
    ),
    attributes=(),
    clouds={
        "aws": "a Terraform module",
        "azure": "a Terraform module",
        "google": "a Terraform module",
    },
)
