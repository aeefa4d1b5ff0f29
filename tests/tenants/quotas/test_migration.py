"""What tenants had before there were quotas is counted when the migration runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management import call_command

from blueprints.catalog.models import BlueprintVersion
from blueprints.catalog.quotas import STORAGE
from blueprints.catalog.services.blueprints import create_blueprint
from blueprints.catalog.services.projects import create_project
from tenants.context import tenant_scope
from tenants.database.roles import as_owner
from tenants.models import ServicePlan, Tenant, Tier
from tenants.quotas.models import UsageCounter
from tenants.services.service_plans import create_plan
from tenants.services.tenants import update_tenant
from tests.blueprints.catalog.services.documents import document
from tests.conftest import ACTOR
from tests.throwaway import platform

# These migrations are older than the review of migrations, which would refuse them.
STOCK = "standard"

if TYPE_CHECKING:
    from tests.throwaway import ThrowawayTenants


def test_versions_from_before_are_measured_and_counted(
    committed_tenants: ThrowawayTenants,
) -> None:
    tenant = committed_tenants(Tier.ENTERPRISE)
    with tenant_scope(tenant):
        project = create_project(name="Shop", actor=ACTOR)
        create_blueprint(project, name="Network", document=document(), actor=ACTOR)
        sizes = list(BlueprintVersion.objects.values_list("size", flat=True))
        counted = UsageCounter.objects.get(quota=STORAGE.name).used
    options = {"schema_name": tenant.schema_name, "tenant": True, "verbosity": 0}
    call_command("migrate_schemas", "catalog", "0001", **options)
    with tenant_scope(tenant), as_owner():
        assert not UsageCounter.objects.filter(tenant_id=tenant.pk).exists()
    call_command("migrate_schemas", executor=STOCK, **options)
    with tenant_scope(tenant):
        assert list(BlueprintVersion.objects.values_list("size", flat=True)) == sizes
        assert UsageCounter.objects.get(quota=STORAGE.name).used == counted == sum(sizes) > 0


def migrate_shared(*target: str) -> None:
    call_command("migrate_schemas", *target, shared=True, executor=STOCK, verbosity=0)


def test_tenants_keep_the_plan_that_they_were_said_to_have(
    committed_tenants: ThrowawayTenants,
) -> None:
    tenant = committed_tenants(Tier.STANDARD)
    with tenant_scope(platform()):
        create_plan(key="gold", name="Gold", limits={"users": 3}, actor=ACTOR)
        update_tenant(tenant, actor=ACTOR, changes={"plan": "gold"})
    try:
        try:
            migrate_shared("tenants", "0006")
        finally:
            migrate_shared()
        kept = Tenant.objects.select_related("plan").get(pk=tenant.pk)
        assert (kept.plan.key, kept.plan.limits) == ("gold", {})
        assert Tenant.objects.get(slug="acme").plan.limits["users"] == 500
    finally:
        with tenant_scope(platform()):
            update_tenant(tenant, actor=ACTOR, changes={"plan": "default"})
            ServicePlan.objects.filter(key="gold").delete()
