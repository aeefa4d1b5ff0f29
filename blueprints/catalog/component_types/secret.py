from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blueprints.catalog.problems import Problem

from . import fields
from .base import Attribute, ComponentType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def check_origin(properties: Mapping[str, Any]) -> Iterator[Problem]:
    """A secret is given or made, never both."""
    if ("value" in properties) == ("generate" in properties):
        message = 'Say where the secret comes from: either "value" or "generate".'
        yield Problem.error((), message)


TYPE = ComponentType(
    name="secret",
    title="Secret",
    category="security",
    description="A password, key or token in the cloud's secret store.",
    schema=fields.properties(
        {
            "description": fields.text("What it opens.", max_length=512, literal=True),
            "value": fields.secret_variable("The secret itself, from a secret variable."),
            "generate": fields.record(
                "Make a random one.",
                {
                    "length": fields.integer(
                        "Number of characters.", minimum=16, maximum=128, default=32, literal=True
                    ),
                    "special": fields.flag("Whether punctuation is among them.", default=False),
                },
            ),
            "recovery_days": fields.integer(
                "Days in which a deleted secret can be restored.",
                minimum=7,
                maximum=30,
                default=30,
            ),
        },
        example={"description": "Database administrator", "generate": {"length": 40}},
    ),
    attributes=(
        Attribute("id", "string", "The cloud's id of the secret."),
        Attribute("name", "string", "Its name in the cloud."),
        Attribute("arn", "string", "Its full name within the cloud."),
    ),
    clouds={
        "aws": "aws_secretsmanager_secret, aws_secretsmanager_secret_version",
        "azure": "azurerm_key_vault_secret",
        "google": "google_secret_manager_secret, google_secret_manager_secret_version",
    },
    checks=(check_origin,),
)
