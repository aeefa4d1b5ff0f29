"""Modules: their components are checked as those of any document."""

from __future__ import annotations

from blueprints.catalog.documents.cloud_rules.rule import Limit

LIMITS = (Limit("module", "What is in it keeps the limits of its types.", "the document's checks"),)
