"""Tenants, plans, placements, domains and the work on them in the operator's admin."""

from tenants.admin import domains, operations, placements, plans, tenants

__all__ = ["domains", "operations", "placements", "plans", "tenants"]
