"""The page of a tenant, put together from what each room adds to it."""

from tenants.tenants.admin import tenants

__all__ = ["tenants"]
