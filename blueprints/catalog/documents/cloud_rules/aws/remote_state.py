"""Outputs of other blueprints: nothing of them is in AWS."""

from __future__ import annotations

from blueprints.catalog.documents.cloud_rules.rule import Limit

LIMITS = (Limit("remote_state", "It makes nothing that AWS limits.", "the document's checks"),)
