"""Tenants, plans, placements, domains and the work on them in the operator's admin."""

from tenants.admin import domains, migrations, operations, placements, plans, tenants

__all__ = ["domains", "migrations", "operations", "placements", "plans", "tenants"]
