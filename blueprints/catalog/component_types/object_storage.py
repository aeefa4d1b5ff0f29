from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Problem

from . import fields
from .base import Attribute, ComponentType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LONGEST_KEEP_DAYS = 36500
AGES = ("infrequent_after_days", "archive_after_days", "expire_after_days")


def _days(description: str, *, minimum: int = 1) -> dict[str, Any]:
    return fields.integer(description, minimum=minimum, maximum=LONGEST_KEEP_DAYS, literal=True)


_LIFECYCLE_RULE = fields.record(
    "What becomes of objects as they age.",
    {
        "prefix": fields.text(
            "Objects whose key starts so; empty means all.",
            max_length=1024,
            min_length=0,
            default="",
            literal=True,
        ),
        "infrequent_after_days": _days("Move to the class for rare access.", minimum=30),
        "archive_after_days": _days("Move to the archive."),
        "expire_after_days": _days("Delete."),
        "old_versions_expire_after_days": _days("Delete versions that were replaced."),
    },
)

_CORS_RULE = fields.record(
    "Web pages of other origins that may use the storage.",
    {
        "origins": fields.listing(
            "Origins such as https://app.example.com.",
            fields.text("An origin.", max_length=255, pattern="^(\\*|https?://[!-~]+)$"),
            min_items=1,
            max_items=20,
        ),
        "methods": fields.listing(
            "Methods they may use.",
            fields.choice("A method.", "GET", "HEAD", "PUT", "POST", "DELETE"),
            min_items=1,
            max_items=5,
        ),
        "max_age_seconds": fields.integer(
            "Seconds that browsers remember the answer.",
            minimum=0,
            maximum=86400,
            default=3600,
        ),
    },
    required=["origins", "methods"],
)


def check_lifecycle(properties: Mapping[str, Any]) -> Iterator[Problem]:
    """Every rule does something, and objects pass through the classes in order."""
    for index, rule in enumerate(properties["lifecycle"]):
        ages = [(name, rule[name]) for name in AGES if name in rule]
        if not ages and "old_versions_expire_after_days" not in rule:
            message = f"The rule does nothing: give at least one of {', '.join(AGES)}."
            yield Problem.error(("lifecycle", index), message)
        for (earlier, first), (later, second) in itertools.pairwise(ages):
            if first >= second:
                message = f"{earlier} is {first}: it must come before {later}, which is {second}."
                yield Problem.error(("lifecycle", index, earlier), message)


TYPE = ComponentType(
    name="object_storage",
    title="Object storage",
    category="storage",
    description="A bucket of objects: always encrypted, closed to the public unless opened.",
    schema=fields.properties(
        {
            "bucket": fields.text(
                "The bucket's name, unique in the cloud; without it, one is made up.",
                max_length=63,
                min_length=3,
                pattern="^[a-z0-9][a-z0-9.-]*[a-z0-9]$",
            )
            | {"x-unique": True},
            "versioning": fields.flag("Whether replaced objects are kept.", default=True),
            "encryption": fields.choice(
                "Whose key encrypts it: the cloud's own, or one made for this bucket.",
                "provider_key",
                "own_key",
                default="provider_key",
            ),
            "public_access": fields.flag("Whether anyone may read its objects.", default=False),
            "delete_contents": fields.flag(
                "Whether deleting the bucket deletes what is in it.", default=False, literal=False
            ),
            "lifecycle": fields.listing(
                "What becomes of objects as they age.", _LIFECYCLE_RULE, max_items=50, default=()
            ),
            "cors": fields.listing(
                "Web pages of other origins that may use it.",
                _CORS_RULE,
                max_items=20,
                default=(),
            ),
        },
        example={"lifecycle": [{"prefix": "raw/", "expire_after_days": 90}]},
    ),
    attributes=(
        Attribute("id", "string", "The cloud's id of the bucket."),
        Attribute("name", "string", "Its name in the cloud."),
        Attribute("arn", "string", "Its full name within the cloud."),
        Attribute("objects_arn", "string", "The full name that stands for all its objects."),
        Attribute("domain_name", "string", "The DNS name it answers at."),
    ),
    clouds={
        "aws": "aws_s3_bucket and its settings",
        "azure": "azurerm_storage_account, azurerm_storage_container",
        "google": "google_storage_bucket",
    },
    relations={"triggers": ("function",)},
    checks=(check_lifecycle,),
)
