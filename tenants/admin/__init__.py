"""Tenants, placements, domains and the work on them in the operator's admin."""

from tenants.admin import domains, operations, placements, tenants

__all__ = ["domains", "operations", "placements", "tenants"]
