"""Where components are made, and as whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .parts import DESCRIPTION

if TYPE_CHECKING:
    from blueprints.catalog.clouds.regions import Cloud

REGION = {
    "description": "The cloud's own name of the region, or a variable with a default.",
    "type": ["string", "object"],
    "maxLength": 64,
    "examples": ["us-east-1"],
    "$ref": "#/$defs/variable",
}

PROVIDER = {
    "description": (
        "Another region or account, in which components that name it are made. It holds no "
        "credentials: those are of whoever runs the code."
    ),
    "type": "object",
    "properties": {
        "region": REGION,
        "assume_role": {
            "description": "The role in AWS, by ARN, that is taken to make what names this.",
            "type": ["string", "object"],
            "maxLength": 2048,
            "pattern": "^arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,576}$",
            "examples": ["arn:aws:iam::111122223333:role/deploy"],
            "$ref": "#/$defs/label",
        },
        "description": DESCRIPTION,
    },
    "required": ["region"],
    "additionalProperties": False,
}


def rules_of(cloud: Cloud) -> dict[str, Any]:
    """Return what a document's members must be because of its cloud."""
    region = {"if": {"type": "string"}, "then": {"enum": list(cloud.regions)}}
    provider: dict[str, Any] = {"properties": {"region": region}}
    if cloud.name != "aws":
        provider["properties"]["assume_role"] = False
    return {"region": region, "providers": {"additionalProperties": provider}}
