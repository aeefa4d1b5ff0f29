"""Resources in the provider's own words."""

from __future__ import annotations

from blueprints.catalog.documents.cloud_rules.rule import Limit

LIMITS = (
    Limit("raw", "Arguments are those of the provider's schema.", "the document's checks"),
    Limit("raw", "What a service makes of them.", "nothing: there are more types than rules"),
)
