from __future__ import annotations

from . import definitions, fields
from .base import ComponentType

_LONGEST = 1024


def _setting(description: str, pattern: str = fields.SINGLE_LINE) -> definitions.Schema:
    return fields.text(description, max_length=_LONGEST, pattern=pattern)


TYPE = ComponentType(
    name="remote_state",
    title="Remote state",
    category="other",
    description=(
        "Outputs of another blueprint of the tenant, read of the state that its backend has: "
        "they are its attributes."
    ),
    schema=fields.properties(
        {
            **fields.version("that has the outputs"),
            "workspace": _setting(
                "The workspace that has the state; the default one unless given."
            ),
            "settings": {
                **fields.record(
                    "Where the state is, as far as the blueprint's backend leaves it open or has "
                    "another one for each environment.",
                    {
                        "address": _setting("The address of an HTTP backend.", fields.HTTPS_URL),
                        "bucket": _setting("The bucket."),
                        "container_name": _setting("The container."),
                        "hostname": _setting("The host."),
                        "key": _setting("The object's key, or the blob's name."),
                        "organization": _setting("The organization."),
                        "prefix": _setting("What the object's name begins with."),
                        "region": _setting("The bucket's region."),
                        "resource_group_name": _setting("The storage account's resource group."),
                        "storage_account_name": _setting("The storage account."),
                        "subscription_id": _setting("Its subscription."),
                        "tenant_id": _setting("Its directory."),
                        "workspace_key_prefix": _setting("What keys of workspaces begin with."),
                    },
                ),
                "default": {},
            },
        },
        required=["blueprint", "version"],
        example={
            "blueprint": "6f1c7a52-3c1e-4d0b-9d3a-2f5b8e7a9c10",
            "version": 3,
            "settings": {"key": {"join": ["network/", {"var": "stage"}, ".tfstate"]}},
        },
    ),
    attributes=(),
    clouds={
        "aws": "a Terraform remote state",
        "azure": "a Terraform remote state",
        "google": "a Terraform remote state",
    },
)
