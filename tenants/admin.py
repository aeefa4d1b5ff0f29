"""The pages of all rooms in the operator's admin, which Django looks for here."""

from tenants.domains import admin as domains
from tenants.fleet import admin as fleet
from tenants.operations import admin as operations
from tenants.provisioning import admin as provisioning
from tenants.service_plans import admin as service_plans
from tenants.tenants import admin as tenants

__all__ = ["domains", "fleet", "operations", "provisioning", "service_plans", "tenants"]
