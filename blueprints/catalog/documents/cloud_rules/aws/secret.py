"""Secrets Manager."""

from __future__ import annotations

from blueprints.catalog.documents.cloud_rules.rule import Limit

LIMITS = (
    Limit("secret", "Recovery takes 7 to 30 days.", "the type"),
    Limit("secret", "Secrets have at most 65,536 bytes.", "the type: 128 characters"),
    Limit("secret", "Descriptions have at most 2,048 characters.", "the type: 512"),
    Limit("secret", "Names have at most 512 characters.", "the generated names"),
)
