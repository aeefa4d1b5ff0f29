"""Tenants, service_plans, placements, domains and the work on them in the operator's admin."""

from tenants.admin import domains, migrations, operations, placements, service_plans, tenants

__all__ = ["domains", "migrations", "operations", "placements", "service_plans", "tenants"]
