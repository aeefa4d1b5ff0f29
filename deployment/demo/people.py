"""Who and what the demo shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tenants.models import Tier


@dataclass(frozen=True, slots=True)
class DemoTenant:
    """A tenant of the demo, and the worked blueprint it begins with."""

    slug: str
    name: str
    tier: str
    project: str
    example: str
    blueprint: str


TENANTS = (
    DemoTenant(
        "acme", "Acme Corporation", Tier.STANDARD, "Web shop", "three-tier-web", "Three-tier web"
    ),
    DemoTenant(
        "globex", "Globex", Tier.STANDARD, "Order service", "three-tier-web", "Three-tier web"
    ),
    DemoTenant(
        "umbrella",
        "Umbrella Group",
        Tier.ENTERPRISE,
        "Customer portal",
        "three-tier-web",
        "Three-tier web",
    ),
)

OPERATOR = ("operator", "operator")
"""The operator's username and role."""

PEOPLE = (("admin", "admin"), ("engineer", "system-engineer"), ("viewer", "viewer"))
"""Username and role of each tenant's people."""

AUTHOR = "engineer"
"""The username of who draws the worked blueprint."""

CONTRACTOR = "contractor"
"""Somebody without roles of their own, in the team that builds the worked project."""

CONTRACT = timedelta(days=30)
"""For how long the team's role is granted, in that project alone."""

SHOWN_TENANT = "acme"
"""Whose blueprint ``make demo`` suggests to look at."""
