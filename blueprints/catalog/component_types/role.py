from __future__ import annotations

from typing import Any

from . import fields
from .base import Attribute, ComponentType


def _access(description: str, *types: str) -> dict[str, Any]:
    # Access becomes a policy of its own, so a function may act in a role that names it.
    items = fields.component("One of them.", *types, unordered=True)
    return fields.listing(description, items, max_items=50, default=())


_STATEMENT = fields.record(
    "A permission in the cloud's own words, where the lists above do not suffice.",
    {
        "effect": fields.choice("What it does.", "allow", "deny", default="allow"),
        "actions": fields.listing(
            "The actions, as the cloud names them.",
            fields.text(
                "An action.",
                max_length=128,
                pattern="^[A-Za-z0-9*][A-Za-z0-9:./*_-]*$",
                examples=["s3:GetObject"],
            ),
            min_items=1,
            max_items=100,
        ),
        "resources": fields.listing(
            "What they may be done to.",
            fields.text(
                "A resource's full name.",
                max_length=2048,
                pattern="^[!-~]+$",
                examples=["arn:aws:s3:::reports/*"],
            ),
            min_items=1,
            max_items=100,
        ),
    },
    required=["actions", "resources"],
)


TYPE = ComponentType(
    name="role",
    title="Role",
    category="security",
    description="What programs may do in the cloud. It starts with no permission.",
    schema=fields.properties(
        {
            "description": fields.text(
                "What it is for.", max_length=512, pattern="^[ -~]*$", literal=True
            ),
            "trusted_service": fields.choice(
                "Who may act in it.",
                "compute_instance",
                "function",
                "container_cluster",
                "container_node",
                "container_pod",
            ),
            "reads": _access(
                "What it may read: objects, messages (taking them from the queue), secrets.",
                "object_storage",
                "queue",
                "secret",
            ),
            "writes": _access(
                "Where it may put, replace and delete objects, or send messages.",
                "object_storage",
                "queue",
            ),
            "invokes": _access("Functions it may call.", "function"),
            "statements": fields.listing(
                "Permissions in the cloud's own words.", _STATEMENT, max_items=50, default=()
            ),
            "managed_policies": fields.listing(
                "Policies that the cloud or the account already has, by their full names.",
                fields.text("A policy.", max_length=2048, pattern="^[!-~]+$"),
                max_items=10,
                default=(),
            ),
        },
        required=["trusted_service"],
        example={"trusted_service": "function", "reads": [{"ref": "uploads"}]},
    ),
    attributes=(
        Attribute("id", "string", "The cloud's id of the role."),
        Attribute("name", "string", "Its name in the cloud."),
        Attribute("arn", "string", "Its full name within the cloud."),
    ),
    clouds={
        "aws": "aws_iam_role, aws_iam_role_policy",
        "azure": "azurerm_user_assigned_identity, azurerm_role_assignment",
        "google": "google_service_account, google_project_iam_member",
    },
)
