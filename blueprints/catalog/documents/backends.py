"""Where the state of what is built is kept: Terraform's backends, without what signs in to them.

Settings are those that decide a place and how it is protected. Keys, tokens and passwords are
none: Terraform finds them in the environment of whoever runs it.
https://developer.hashicorp.com/terraform/language/backend
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from blueprints.catalog.clouds import regions
from blueprints.catalog.component_types import fields

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 1024


def _text(description: str, example: str = "", pattern: str = fields.SINGLE_LINE) -> dict[str, Any]:
    examples = [example] if example else None
    return fields.text(
        description, max_length=_LONGEST, pattern=pattern, examples=examples, literal=True
    )


def _flag(description: str) -> dict[str, Any]:
    return {"description": description, "type": "boolean"}


#: Terraform takes no slash at its ends, and S3 tells `a//b` from `a/b`.
KEY = r"^[^/\u0000-\u001f\u007f]+(/[^/\u0000-\u001f\u007f]+)*$"
#: Google's may be longer where dots divide them. https://cloud.google.com/storage/docs/buckets
_BUCKETS = {
    "s3": "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
    "gcs": "^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$",
}
#: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
_CONTAINER = r"^(\$root|\$web|[a-z0-9]+(-[a-z0-9]+)*)$"
_STORAGE_ACCOUNT = "^[a-z0-9]{3,24}$"
_METHOD = {"description": "The HTTP method.", "type": "string", "enum": ["LOCK", "POST", "PUT"]}
_UNLOCK = {"description": "The HTTP method.", "type": "string", "enum": ["DELETE", "UNLOCK"]}

#: By the name of the backend: its settings.
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "azurerm": {
        "container_name": fields.text(
            "The container.", min_length=3, max_length=63, pattern=_CONTAINER, literal=True
        ),
        "key": _text("The blob's name.", "shop.tfstate"),
        "resource_group_name": _text("The storage account's resource group."),
        "storage_account_name": _text("The storage account.", pattern=_STORAGE_ACCOUNT),
        "subscription_id": _text("Its subscription."),
        "tenant_id": _text("Its directory."),
        "use_azuread_auth": _flag("Whether Entra ID decides who may, and no account key."),
    },
    "gcs": {
        "bucket": _text("The bucket.", pattern=_BUCKETS["gcs"]),
        "kms_encryption_key": _text("The key that encrypts the state."),
        "prefix": _text("What the object's name begins with.", "shop"),
    },
    "http": {
        "address": _text("Where the state is read and written.", pattern=fields.HTTPS_URL),
        "lock_address": _text("Where it is locked.", pattern=fields.HTTPS_URL),
        "lock_method": _METHOD,
        "unlock_address": _text("Where it is unlocked.", pattern=fields.HTTPS_URL),
        "unlock_method": _UNLOCK,
        "update_method": {**_METHOD, "enum": ["POST", "PUT"]},
    },
    "remote": {
        "hostname": _text("The host of HCP Terraform or Terraform Enterprise.", "app.terraform.io"),
        "organization": _text("The organization."),
        "workspace": _text("The workspace.", pattern="^[A-Za-z0-9_-]+$"),
    },
    "s3": {
        "bucket": _text("The bucket.", pattern=_BUCKETS["s3"]),
        "encrypt": _flag("Whether the state is encrypted at rest; true unless given."),
        "key": _text("The object's key.", "shop/terraform.tfstate", KEY),
        "kms_key_id": _text("The key that encrypts it."),
        "region": {
            "description": "The bucket's region.",
            "type": "string",
            "enum": list(regions.clouds()["aws"].regions),
        },
        "use_lockfile": _flag("Whether a file beside the state locks it; needs Terraform 1.10."),
        "workspace_key_prefix": _text("What keys of further workspaces begin with."),
    },
}


class Place(NamedTuple):
    """How a state is found that somebody else keeps in a backend.

    Attributes:
        needed: the settings without which it is not found.
        others: those that may say more.
        has_workspaces: whether it has states of several workspaces.
    """

    needed: tuple[str, ...]
    others: tuple[str, ...] = ()
    has_workspaces: bool = True

    @property
    def all(self) -> tuple[str, ...]:
        """Whatever finds the state."""
        return (*self.needed, *self.others)


#: By the name of the backend, how a state in it is read.
#: https://developer.hashicorp.com/terraform/language/state/remote-state-data
READ: Mapping[str, Place] = {
    "azurerm": Place(
        ("container_name", "key", "storage_account_name"),
        ("resource_group_name", "subscription_id", "tenant_id", "use_azuread_auth"),
    ),
    "gcs": Place(("bucket",), ("prefix",)),
    "http": Place(("address",), has_workspaces=False),
    "remote": Place(("organization", "workspace"), ("hostname",)),
    "s3": Place(("bucket", "key", "region"), ("workspace_key_prefix",)),
}

#: A document's ``backend``. Any setting may be left to ``terraform init -backend-config``.
SCHEMA: dict[str, Any] = {
    **fields.record(
        "The backend in which Terraform keeps the state, by its name. What is left out is given "
        "at terraform init; names, keys and passwords always are.",
        {name: fields.record("Its settings.", known) for name, known in SETTINGS.items()},
    ),
    "minProperties": 1,
    "maxProperties": 1,
}
