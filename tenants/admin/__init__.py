"""Tenants, placements and domains in the operator's admin."""

from tenants.admin import domains, placements, tenants

__all__ = ["domains", "placements", "tenants"]
